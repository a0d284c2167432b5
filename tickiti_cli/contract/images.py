"""The kinds of images that a body may hold.

Rule: the bytes decide the kind. A file name or a declared media type proves nothing.
"""

KINDS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
}
"""Media type and file suffix. SVG is absent because it can hold a script."""

_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
"""Valid lengths of the second header of a BMP. They are checked because many texts begin with BM,
too."""


def kind_of(content: bytes) -> str | None:
    """The media type of the content, or None where it is not an image of KINDS."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    second = int.from_bytes(content[14:18], "little")
    return "image/bmp" if content.startswith(b"BM") and second in _BMP_HEADERS else None
