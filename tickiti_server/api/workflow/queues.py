"""Queues of the v1 API.

Rule: the default queue cannot be deleted, and neither can a queue that has tickets.
"""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.errors import Conflict, MailboxNotFound, QueueNotFound, ValidationFailed
from tickiti_cli.contract.v1 import workflow as contract
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.workflow.bodies.queues import (
    CreateQueue,
    FindQueue,
    MoveTickets,
    Queue,
    QueueCreated,
    Queues,
    UpdateQueue,
)
from tickiti_server.store.helpdesk import queues as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import interventions, mailboxes


@handles(contract.queues_index)
def index(call: Call) -> Queues:
    """List the queues, the oldest first."""
    return {"queues": [_queue(row) for row in stored.list_queues_with_counts(call.tx)]}


@handles(contract.queues_create, refuses=(QueueNotFound, MailboxNotFound))
def create(call: Call, body: CreateQueue) -> QueueCreated:
    """Create a queue. Under the permissive model all staff get every right in the queue."""
    _refuse_taken(call, body.name)
    columns = body.model_dump()
    _refuse_unknown(call, columns)
    queue_id = stored.insert_queue(call.tx, **columns)
    rights.grant_new_queue(call, queue_id)
    return {"ok": True, "queue_id": str(queue_id)}


@handles(contract.queues_update, refuses=(QueueNotFound, MailboxNotFound))
def update(call: Call, body: UpdateQueue) -> Done:
    """Rename a queue, or change its settings."""
    row = _found(call, body.queue_id, field="queue_id")
    name = body.name or row["name"]
    if row["built_in"] and name != row["name"]:
        sentence = f"The queue '{row['name']}' is built in and keeps its name."
        raise ValidationFailed.of("name", sentence)
    _refuse_taken(call, name, but=row["id"])
    changes = body.model_dump(exclude_none=True, exclude={"queue_id", "cleared"})
    _refuse_unknown(call, changes)
    before = {column: row[column] for column in stored.CHANGEABLE}
    after = before | changes | dict.fromkeys(body.cleared)
    stored.update_queue(call.tx, row["id"], **after)
    return DONE


@handles(contract.queues_delete, refuses=(Conflict,))
def delete(call: Call, body: FindQueue) -> Done:
    """Delete an empty queue; deleted tickets count.

    Deleting an unknown queue succeeds.
    """
    row = stored.find_queue(call.tx, body.queue_id)
    if row is None:
        return DONE
    if row["built_in"]:
        raise ValidationFailed.of("queue_id", f"The queue '{row['name']}' is built in and stays.")
    tickets = stored.count_tickets(call.tx, row["id"])
    if tickets:
        many = f"{tickets} ticket{'s' if tickets > 1 else ''}"
        raise Conflict(f"Queue '{row['name']}' still has {many}; move them to another one first.")
    asking = interventions.find_name_by_queue(call.tx, row["id"])
    if asking is not None:
        raise Conflict(
            f"The tickets of intervention '{asking}' go to queue '{row['name']}'; "
            "give it another one first."
        )
    stored.delete_queue(call.tx, row["id"])
    return DONE


@handles(contract.queues_move, refuses=(QueueNotFound,))
def move(call: Call, body: MoveTickets) -> Done:
    """Move all tickets of a queue to another one, including deleted tickets."""
    if body.from_queue_id == body.to_queue_id:
        raise ValidationFailed.of("to_queue_id", "The to_queue_id field must be another queue.")
    source = _found(call, body.from_queue_id, field="from_queue_id")
    target = _found(call, body.to_queue_id, field="to_queue_id")
    stored.move_tickets(call.tx, source["id"], to=target["id"])
    return DONE


def _found(call: Call, queue_id: int, *, field: str) -> Row:
    row = stored.find_queue(call.tx, queue_id)
    if row is None:
        raise QueueNotFound(str(queue_id), field=field)
    return row


def _refuse_unknown(call: Call, columns: Mapping[str, Any]) -> None:
    """Raise MailboxNotFound or QueueNotFound for an id that a queue cannot refer to."""
    mailbox_id, release_id = columns.get("outgoing_mailbox_id"), columns.get("release_queue_id")
    if mailbox_id is not None and mailboxes.find_mailbox(call.tx, mailbox_id) is None:
        raise MailboxNotFound(str(mailbox_id), field="outgoing_mailbox_id")
    if release_id is not None:
        _found(call, release_id, field="release_queue_id")


def _refuse_taken(call: Call, name: str, *, but: int | None = None) -> None:
    namesake = stored.find_queue_by_name(call.tx, name)
    if namesake is not None and namesake["id"] != but:
        raise ValidationFailed.of("name", f"Queue '{namesake['name']}' already exists.")


def _queue(row: Row) -> Queue:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "ticket_count": row["ticket_count"],
        "outgoing_mailbox_id": _id_or_null(row["outgoing_mailbox_id"]),
        "built_in": bool(row["built_in"]),
        "track_resolutions": bool(row["track_resolutions"]),
        "is_parked": bool(row["is_parked"]),
        "release_queue_id": _id_or_null(row["release_queue_id"]),
        "content_type": row["content_type"],
    }


def _id_or_null(value: int | None) -> str | None:
    return None if value is None else str(value)
