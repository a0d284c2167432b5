"""Requests of type multipart/form-data, as a browser or curl sends them."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.place import Place

BOUNDARY = "----a-boundary-of-tests"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
PNG = b"\x89PNG\r\n\x1a\nshoe"
"""Bytes that count as an image."""

UPLOAD = "/api/v1/tickets/attachment-upload"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    """One part of a body; a file if it has a file name."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def sent_form(
    place: Place, path: str, body: bytes, *, token: str | None = None, content_type: str = ""
) -> tuple[int, Any]:
    """Status and reply of a request with this body."""
    kind = content_type or FORM_TYPE
    status, _, raw = place.post(path, body, token=token, Content_Type=kind)
    return status, json.loads(raw)


def sent_file(
    place: Place,
    content: bytes,
    name: str = "receipt.pdf",
    *,
    path: str = UPLOAD,
    fields: Mapping[str, str] | None = None,
    token: str | None = None,
) -> tuple[int, Any]:
    """Status and reply of a request with text parts and a file."""
    texts = [part(field, value.encode()) for field, value in (fields or {}).items()]
    return sent_form(place, path, form(*texts, part("file", content, name)), token=token)


def uploaded(place: Place, content: bytes, name: str = "receipt.pdf", **more: Any) -> str:
    """The SHA-256 of a file that is uploaded now."""
    status, reply = sent_file(place, content, name, **more)
    assert status == 200, reply
    digest: str = reply["data"]["sha256"]
    return digest
