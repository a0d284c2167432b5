"""Queues in the vendor's second generation of the API: where tickets lie.

The rule of this file: the queue that tickets come to unasked stays, and none goes with its tickets.
"""

from tickiti_cli.contract import workflow as contract
from tickiti_cli.contract.errors import Conflict, MailboxNotFound, QueueNotFound, ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families.queue_bodies import (
    CreateQueue,
    FindQueue,
    MoveTickets,
    Queue,
    QueueCreated,
    Queues,
    UpdateQueue,
)
from tickiti_server.families.template_bodies import Done
from tickiti_server.handlers import handles
from tickiti_server.store import interventions, mailboxes
from tickiti_server.store import queues as stored
from tickiti_server.store.database import Row


@handles(contract.queues_index)
def index(call: Call) -> Queues:
    """List the queues, the oldest first."""
    return {"queues": [_queue(row) for row in stored.counted(call.tx)]}


@handles(contract.queues_create, refuses=(MailboxNotFound,))
def create(call: Call, body: CreateQueue) -> QueueCreated:
    """Make a queue."""
    _refuse_taken(call, body.name)
    mailbox_id = _mailbox(call, body.outgoing_mailbox_id)
    queue_id = stored.insert(call.tx, body.name, outgoing_mailbox_id=mailbox_id)
    return {"ok": True, "queue_id": str(queue_id)}


@handles(contract.queues_update, refuses=(QueueNotFound, MailboxNotFound))
def update(call: Call, body: UpdateQueue) -> Done:
    """Rename a queue, or have its mail leave from another mailbox."""
    row = _found(call, body.queue_id, field="queue_id")
    name = body.name or row["name"]
    if row["built_in"] and name != row["name"]:
        sentence = f"The queue '{row['name']}' is built in and keeps its name."
        raise ValidationFailed(sentence, errors={"name": [sentence]})
    _refuse_taken(call, name, but=row["id"])
    mailbox_id = _mailbox(call, body.outgoing_mailbox_id)
    if mailbox_id is None and not body.clears_mailbox:
        mailbox_id = row["outgoing_mailbox_id"]
    stored.update(call.tx, row["id"], name=name, outgoing_mailbox_id=mailbox_id)
    return {"ok": True}


@handles(contract.queues_delete, refuses=(Conflict,))
def delete(call: Call, body: FindQueue) -> Done:
    """Delete a queue that has no tickets. Deleting what does not exist succeeds."""
    row = stored.of_id(call.tx, body.queue_id)
    if row is None:
        return {"ok": True}
    if row["built_in"]:
        sentence = f"The queue '{row['name']}' is built in and stays."
        raise ValidationFailed(sentence, errors={"queue_id": [sentence]})
    tickets = stored.tickets_in(call.tx, row["id"])
    if tickets:
        many = f"{tickets} ticket{'s' if tickets > 1 else ''}"
        raise Conflict(f"Queue '{row['name']}' still has {many}; move them to another one first.")
    asking = interventions.name_in_queue(call.tx, row["id"])
    if asking is not None:
        raise Conflict(
            f"The tickets of intervention '{asking}' go to queue '{row['name']}'; "
            "give it another one first."
        )
    stored.delete(call.tx, row["id"])
    return {"ok": True}


@handles(contract.queues_move, refuses=(QueueNotFound,))
def move(call: Call, body: MoveTickets) -> Done:
    """Move every ticket of a queue to another one."""
    source = _found(call, body.from_queue_id, field="from_queue_id")
    target = _found(call, body.to_queue_id, field="to_queue_id")
    stored.move_tickets(call.tx, source["id"], to=target["id"])
    return {"ok": True}


def _found(call: Call, queue_id: int, *, field: str) -> Row:
    row = stored.of_id(call.tx, queue_id)
    if row is None:
        raise QueueNotFound(str(queue_id), field=field)
    return row


def _mailbox(call: Call, mailbox_id: int | None) -> int | None:
    if mailbox_id is not None and mailboxes.find(call.tx, mailbox_id) is None:
        raise MailboxNotFound(str(mailbox_id), field="outgoing_mailbox_id")
    return mailbox_id


def _refuse_taken(call: Call, name: str, *, but: int | None = None) -> None:
    namesake = stored.of_key(call.tx, name)
    if namesake is not None and namesake["id"] != but:
        sentence = f"There is a queue '{namesake['name']}' already."
        raise ValidationFailed(sentence, errors={"name": [sentence]})


def _queue(row: Row) -> Queue:
    mailbox_id = row["outgoing_mailbox_id"]
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "ticket_count": row["ticket_count"],
        "outgoing_mailbox_id": None if mailbox_id is None else str(mailbox_id),
        "built_in": bool(row["built_in"]),
    }
