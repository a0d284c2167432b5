"""The images that may travel inside a body: told by their bytes, never by a name or a label."""

KINDS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
}
"""Each with how its file's name ends. None of them can hold a script, as SVG can."""

_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
"""How long the second header of a BMP may be; its first two letters alone begin many a text."""


def kind_of(content: bytes) -> str | None:
    """The media type; None for what is none of these."""
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
