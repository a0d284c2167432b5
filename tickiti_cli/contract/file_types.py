"""The types of files: allowed or not by the extension of the name, media types by the bytes.

API contract, section 5, Files. Rule: the bytes decide the media type, because a name proves
nothing. The name decides where the bytes leave it open.
"""

import re
from enum import Enum

from tickiti_cli.contract.characters import CONTROL
from tickiti_cli.contract.images import kind_of

MOST_FILE = 25 * 1024 * 1024
"""Bytes of an uploaded file."""

MOST_NAME = 255

ALLOWED = {
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "jpg", "jpeg",
    "png", "gif", "webp", "bmp", "svg", "zip", "7z",
}  # fmt: skip
BLOCKED = {
    "exe", "msi", "bat", "cmd", "com", "scr", "ps1", "app", "pif", "cpl", "dll", "sys",
    "psm1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "jar", "sh", "lnk", "reg", "docm",
    "dotm", "xlsm", "xltm", "xlam", "pptm", "potm",
}  # fmt: skip
"""Executables, scripts and documents with macros. Upload refuses them, too."""


SVG = "image/svg+xml"
UNKNOWN = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_BYTES = (
    (b"%PDF-", "application/pdf"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"{\\rtf", "application/rtf"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_IN_ZIP = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IN_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
_TEXTS = {"csv": "text/csv"}
_ENDS_NAME = {b" ", b"\t", b"\n", b"\r", b"/", b">"}
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class FileType(Enum):
    """How the API treats a file of a type."""

    ALLOWED = "always allowed"
    BLOCKED = "neither uploaded nor read"
    REVIEWED = "read after a review"


def type_of(name: str) -> FileType:
    """The type by the last extension. Trailing dots and blanks are skipped, as Windows does."""
    extension = name.rstrip(". ").rpartition(".")[2].lower() if "." in name else ""
    if extension in BLOCKED:
        return FileType.BLOCKED
    return FileType.ALLOWED if extension in ALLOWED else FileType.REVIEWED


def base_name(name: str) -> str:
    """The name without folders and control characters, or an empty text if nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    bare = CONTROL.sub("", last).strip()
    return "" if bare.strip(".") == "" else bare[-MOST_NAME:]


def is_svg(head: bytes) -> bool:
    """Whether the first bytes are those of an SVG image: prolog, comments, then the element."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!")):
        rest = _behind_markup(rest)
    return rest[:4].lower() == b"<svg" and rest[4:5] in _ENDS_NAME


def _behind_markup(text: bytes) -> bytes:
    """The text after the instruction, comment or DOCTYPE that the text begins with."""
    if text.startswith(b"<?"):
        return text.partition(b"?>")[2].lstrip()
    if text.startswith(b"<!--"):
        return text.partition(b"-->")[2].lstrip()
    entities = 0 <= text.find(b"[") < text.find(b">")
    if entities:
        text = text.partition(b"]")[2]
    return text.partition(b">")[2].lstrip()


def media_type(head: bytes, name: str) -> str:
    """The media type of a file that begins with `head`."""
    if (image := kind_of(head)) is not None:
        return image
    if is_svg(head):
        return SVG
    for begin, found in _BY_BYTES:
        if head.startswith(begin):
            return found
    extension = name.rpartition(".")[2].lower()
    if head.startswith(_ZIP):
        return _IN_ZIP.get(extension, "application/zip")
    if head.startswith(_OLE):
        return _IN_OLE.get(extension, UNKNOWN)
    return UNKNOWN if _NO_TEXT.search(head) else _TEXTS.get(extension, "text/plain")
