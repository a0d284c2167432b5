"""The endpoint that deletes an attachment. The response keeps a record of the file."""

from tickiti_cli.contract.errors import AttachmentNotFound, QueueRightRequired, TicketNotFound
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.rights import Right
from tickiti_server.api.tickets.bodies.attachments import AttachmentDeleted, DeleteAttachment
from tickiti_server.api.tickets.files.downloads import find_seen
from tickiti_server.api.tickets.rules import changes
from tickiti_server.api.tickets.rules.reference import find_ticket
from tickiti_server.store.files import uploads
from tickiti_server.store.helpdesk import attachments as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations.audit import Change


@handles(v1.attachment_delete, refuses=(TicketNotFound, AttachmentNotFound, QueueRightRequired))
def attachment_delete(call: Call, body: DeleteAttachment) -> AttachmentDeleted:
    """Delete an attachment permanently.

    The response records its name, its SHA-256, who deleted it and why. The content is kept while
    another response has it.
    """
    ticket = find_ticket(call, body)
    row = find_seen(call, body.response_attachment_id, ticket_id=ticket["id"])
    rights.require(call, ticket["queue_id"], Right.MANAGE)
    stored.delete_attachment(call.tx, row["id"])
    is_gone = _delete_bytes(call, row)
    _record(call, ticket["id"], row, body.reason)
    return {
        "response_id": row["response_id"],
        "response_attachment_id": row["id"],
        "name": row["name"],
        "sha256": row["sha256"],
        "bytes_deleted": is_gone,
    }


def _delete_bytes(call: Call, row: Row) -> bool:
    """Delete the bytes unless another attachment has them, or a later upload is to be used yet."""
    if stored.has_content(call.tx, row["sha256"]):
        return False
    file = uploads.find_file(call.tx, row["sha256"])
    if file is None:
        return True
    if uploads.has_upload_since(call.tx, file["id"], row["posted_at"]):
        return False
    return uploads.delete_file(call.tx, file["id"])


def _record(call: Call, ticket_id: int, row: Row, reason: str | None) -> None:
    more = {"sha256": row["sha256"], "reason": reason}
    change = Change("attachment_deleted", row["name"], None, more)
    changes.record(
        call, ticket_id, [change], author=changes.owner(call), response_id=row["response_id"]
    )
