"""The files of a ticket: their rows, and their bytes, whole or in parts."""

from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tickiti_cli.api.connection.json_body import Members
from tickiti_cli.api.reply import Accepted
from tickiti_cli.contract.errors import AttachmentTooLarge
from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import ForeignReply
from tickiti_cli.runtime import Runtime

Row = Mapping[str, Any]

PART = ("content_base64", "eof")
"""Members of a reply that describe the bytes it carries, and not the file."""


def files_of(runtime: Runtime, number: int) -> list[dict[str, Any]]:
    """Return the rows of a ticket's files, each with the id of its response."""
    request = {"ticket_number": number, "fields": ["attachments"]}
    responses = runtime.client.call(tickets.responses, request).rows("responses")
    return [
        Members({**file, "response_id": response.get("id")})
        for response in responses
        for file in Accepted(response).rows("attachments")
    ]


def fetch(runtime: Runtime, request: Row) -> tuple[dict[str, Any], bytes]:
    """Return the row of a file and its bytes, whose SHA-256 is checked.

    Raises ForeignReply where the bytes are not those that the server speaks of.
    """
    try:
        found = runtime.client.call(tickets.attachment, request).data
        content = _decoded(found)
    except AttachmentTooLarge:
        found, content = _fetch_parts(runtime, request)
    if sha256(content).hexdigest() != found["sha256"]:
        raise ForeignReply("The attachment does not match its SHA-256 checksum.", status=200)
    return {name: value for name, value in found.items() if name not in PART}, content


def _fetch_parts(runtime: Runtime, request: Row) -> tuple[dict[str, Any], bytes]:
    """Ask for one part after the other until the server says that the file has ended."""
    whole = bytearray()
    with runtime.output.counting("bytes") as counting:
        while True:
            part = {"offset": len(whole), "length": MOST_FILE}
            found = runtime.client.call(tickets.attachment, {**request, **part}).data
            content = _decoded(found)
            whole += content
            counting.show(len(whole))
            if found.get("eof") is True or not content:
                return found, bytes(whole)


def _decoded(found: Row) -> bytes:
    try:
        return b64decode(found["content_base64"], validate=True)
    except (ValueError, TypeError):
        raise ForeignReply(
            "The server sent the attachment as invalid base64.", status=200
        ) from None
