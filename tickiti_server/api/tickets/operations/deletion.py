"""Deleting and restoring tickets, and deleting responses.

Rule: deleting is soft and all or nothing. One ticket that the caller does not see, or may not
delete, keeps every other ticket of the request.
"""

from collections.abc import Iterable

from tickiti_cli.contract.errors import (
    QueueNotFound,
    QueueRightRequired,
    ResponseNotFound,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.rights import Right
from tickiti_server.api.tickets.operations.bodies.deletion import (
    DeletedTicket,
    DeleteResponse,
    DeleteTickets,
    ResponseDeleted,
    RestoreTicket,
    TicketRestored,
    TicketsDeleted,
)
from tickiti_server.api.tickets.operations.selection import WITHOUT_BODY
from tickiti_server.api.tickets.responses import find_response
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations import deletion, thread

MOST_FOUND = 10_000
"""Tickets of one originator that one request deletes."""


@handles(v1.delete, refuses=(TicketNotFound, QueueNotFound, QueueRightRequired))
def delete(call: Call, body: DeleteTickets) -> TicketsDeleted:
    """Delete tickets: those of these numbers, or those of an originator.

    A deleted ticket is gone from every read; it can be restored. Tickets that are deleted already
    are skipped. If one is unknown, none is deleted.
    """
    _check_selectors(body)
    if body.ticket_numbers is not None:
        tickets = _by_numbers(call, body.ticket_numbers)
    else:
        tickets = _by_originator(call, body)
    for queue_id in sorted({row["queue_id"] for row in tickets}):
        rights.require(call, queue_id, Right.MANAGE, Right.DELETE)
    if not body.dry_run:
        for row in tickets:
            deletion.delete_ticket(call.tx, row["id"], now=call.now)
    listed = [_deleted(row) for row in tickets]
    return {"dry_run": body.dry_run, "count": len(listed), "tickets": listed}


@handles(v1.restore, refuses=(TicketNotFound, QueueRightRequired))
def restore(call: Call, body: RestoreTicket) -> TicketRestored:
    """Restore a deleted ticket with the responses that were deleted with it.

    A ticket that was deleted by a merge is restored whole, and the other ticket keeps its copies.
    """
    ticket = _find_any(call, body.ticket_number)
    rights.require(call, ticket["queue_id"], Right.MANAGE)
    is_deleted = ticket["deleted_at"] is not None
    if is_deleted:
        deletion.restore_ticket(call.tx, ticket["id"], now=call.now)
    return {
        "ticket_number": ticket["number"],
        "ticket_id": ticket["id"],
        "restored": is_deleted,
        "responses": thread.count_said(call.tx, ticket["id"]) if is_deleted else 0,
    }


@handles(v1.response_delete, refuses=(ResponseNotFound, QueueRightRequired))
def delete_response(call: Call, body: DeleteResponse) -> ResponseDeleted:
    """Delete a response. Only queries that ask for deleted responses still find it."""
    row, ticket = find_response(call, body.response_id, parts=WITHOUT_BODY)
    rights.require(call, ticket["queue_id"], Right.VIEW)
    thread.delete_response(call.tx, row["id"], now=call.now)
    stored.update_ticket(call.tx, ticket["id"], {}, now=call.now)
    return {"response_id": row["id"], "ticket_number": ticket["number"], "deleted": True}


def _check_selectors(body: DeleteTickets) -> None:
    errors: dict[str, list[str]] = {}
    if (body.ticket_numbers is None) == (body.originator_email is None):
        sentence = "Send exactly one of ticket_numbers and originator_email."
        errors["ticket_numbers"] = [sentence]
    if body.queue is not None and body.originator_email is None:
        errors["queue"] = ["The queue field goes with originator_email only."]
    if errors:
        raise ValidationFailed.of_fields(errors)


def _by_numbers(call: Call, numbers: Iterable[int]) -> list[Row]:
    """The tickets of these numbers without deleted ones, each once. Raises TicketNotFound."""
    found = [_find_any(call, number) for number in dict.fromkeys(numbers)]
    return [row for row in found if row["deleted_at"] is None]


def _by_originator(call: Call, body: DeleteTickets) -> list[Row]:
    """The tickets of an originator that the caller sees. Raises QueueNotFound, and ValidationFailed
    where the tickets are too many."""
    assert body.originator_email is not None
    if body.queue is not None:
        queue = queues.find_queue_by_name(call.tx, body.queue)
        if queue is None or not rights.has_right(call, queue["id"], Right.VIEW):
            raise QueueNotFound(body.queue, field="queue")
    seen = rights.conditions_of(call)
    rights.narrow(call, seen)
    rows = deletion.list_raised_tickets(
        call.tx, seen, body.originator_email, queue=body.queue, most=MOST_FOUND + 1
    )
    if len(rows) > MOST_FOUND:
        sentence = f"More than {MOST_FOUND:,} tickets are found; name a queue or send numbers."
        raise ValidationFailed.of("originator_email", sentence)
    return [*rows]


def _find_any(call: Call, number: int) -> Row:
    """A ticket that the caller sees, deleted or not. Raises TicketNotFound."""
    ticket = stored.find_ticket(call.tx, number)
    if ticket is None or not rights.sees(call, ticket):
        raise TicketNotFound(number)
    return ticket


def _deleted(row: Row) -> DeletedTicket:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "queue_name": row["queue_name"],
        "originator_email": row["originator_email"],
    }
