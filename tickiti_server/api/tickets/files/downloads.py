"""The endpoint that reads an attachment, whole or in parts.

Rule: the extension of the name decides whether a file may leave, needs a review, or is blocked.
"""

from base64 import b64encode

from tickiti_cli.contract.errors import (
    AttachmentBlocked,
    AttachmentNotFound,
    AttachmentTooLarge,
    ReviewRequired,
    TicketNotFound,
)
from tickiti_cli.contract.file_types import MOST_FILE, FileType, type_of
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.bodies.attachments import AttachmentShown, FindAttachment
from tickiti_server.api.tickets.rules.reference import find_ticket
from tickiti_server.store.files import uploads
from tickiti_server.store.helpdesk import attachments as stored
from tickiti_server.store.interface import Row


@handles(
    v1.attachment,
    refuses=(
        TicketNotFound,
        AttachmentNotFound,
        AttachmentBlocked,
        ReviewRequired,
        AttachmentTooLarge,
    ),
)
def attachment(call: Call, body: FindAttachment) -> AttachmentShown:
    """Download an attachment, whole or in parts.

    Files of a type that is not always allowed need a review: repeat the request with intent
    `review_ok`.
    """
    ticket = find_ticket(call, body)
    row = find_seen(call, body.response_attachment_id, ticket_id=ticket["id"])
    _refuse_type(row["name"], is_reviewed=body.intent is not None)
    start, length = _part(body, row)
    content = _content(call, row, start, length)
    return {
        **attachments.shown(row),
        "response_id": str(row["response_id"]),
        "content_base64": b64encode(content).decode(),
        "eof": start + len(content) >= row["file_size"],
    }


def find_seen(call: Call, attachment_id: int, *, ticket_id: int) -> Row:
    """An attachment without its bytes. Raises AttachmentNotFound, also for one of a deleted
    response, and for one of an internal note that the caller does not see."""
    row = stored.find_attachment(call.tx, attachment_id, ticket_id=ticket_id)
    if row is None or (row["is_internal"] and not rights.sees_notes(call)):
        raise AttachmentNotFound
    return row


def _refuse_type(name: str, *, is_reviewed: bool) -> None:
    match type_of(name):
        case FileType.BLOCKED:
            raise AttachmentBlocked
        case FileType.REVIEWED if not is_reviewed:
            raise ReviewRequired


def _part(body: FindAttachment, row: Row) -> tuple[int, int]:
    """The first byte and the number of bytes that the request asks for."""
    is_whole = body.offset is None and body.length is None
    if is_whole and row["file_size"] > MOST_FILE:
        raise AttachmentTooLarge.to_read(row["file_size"], row["mime_type"])
    return body.offset or 0, body.length or MOST_FILE


def _content(call: Call, row: Row, start: int, length: int) -> bytes:
    length = min(length, row["file_size"] - start)
    if length <= 0:
        return b""
    if row["file_id"] is not None:
        return uploads.read_file(call.tx, row["file_id"], start, length)
    return stored.read_content(call.tx, row["id"], start, length)
