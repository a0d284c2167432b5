"""The images of a ticket's page, embedded in it, because the page may load nothing.

Rule: the bytes decide what is an image. An image that cannot be read leaves its place empty.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.images import kind_of
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import TickitiError
from tickiti_cli.runtime import Runtime

Record = Mapping[str, Any]

MOST_IMAGES = 50
"""Images of one page. Each is a request."""

MOST_BYTES = 20 * 1024 * 1024
"""Bytes of all images of one page, so that a browser opens the page at once."""


def embedded(runtime: Runtime, number: int, responses: Sequence[Record]) -> dict[str, str]:
    """Return the data URL of each image that the responses show, by its SHA-256."""
    urls: dict[str, str] = {}
    left = MOST_BYTES
    for found in _inline_files(responses):
        sha256, size = str(found.get("sha256")), found.get("file_size")
        if sha256 in urls or not isinstance(size, int) or size > left or len(urls) == MOST_IMAGES:
            continue
        url = _data_url(
            runtime, {"ticket_number": number, "response_attachment_id": found.get("id")}
        )
        if url:
            urls[sha256] = url
            left -= size
    return urls


def _inline_files(responses: Sequence[Record]) -> Iterator[Record]:
    for response in responses:
        for found in response.get("attachments") or []:
            if isinstance(found, dict) and found.get("is_inline"):
                yield found


def _data_url(runtime: Runtime, request: Record) -> str | None:
    try:
        encoded = runtime.client.call(tickets.attachment, request).data.get("content_base64")
        kind = kind_of(b64decode(encoded, validate=True))
    except (ApiError, TickitiError, ValueError, TypeError):
        return None
    return f"data:{kind};base64,{encoded}" if kind else None
