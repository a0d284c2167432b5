"""Showing tickets and what was said on them, under v1."""

from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import TicketNotFound
from tickiti_server.call import Call, rfc3339
from tickiti_server.families.ticket_bodies import (
    Response,
    Responses,
    Show,
    Ticket,
    TicketShown,
)
from tickiti_server.handlers import handles
from tickiti_server.rendering import plain_text
from tickiti_server.store import tickets as stored
from tickiti_server.store.database import Row


@handles(v1.show, refuses=(TicketNotFound,))
def show(call: Call, body: Show) -> TicketShown:
    """Show a ticket and everything that was said on it."""
    ticket = _found(call, body.ticket_number)
    return {"ticket": _ticket(ticket), "responses": _responses(call, ticket)}


@handles(v1.responses, refuses=(TicketNotFound,))
def responses(call: Call, body: Show) -> Responses:
    """Show what was said on a ticket, without the ticket."""
    ticket = _found(call, body.ticket_number)
    return {"ticket_number": ticket["number"], "responses": _responses(call, ticket)}


def _found(call: Call, number: int) -> Row:
    ticket = stored.find(call.tx, number)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


def _responses(call: Call, ticket: Row) -> list[Response]:
    return [_response(row) for row in stored.responses(call.tx, ticket["id"])]


def _ticket(row: Row) -> Ticket:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "priority": str(row["priority"]),
        "queue_id": str(row["queue_id"]),
        "originator_email": row["originator_email"],
        "assigned_to_email": row["assigned_to_email"],
        "resolved": row["status"] == "closed",
        "on_hold_until": row["on_hold_until"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
    }


def _response(row: Row) -> Response:
    return {
        "id": str(row["id"]),
        "is_internal": bool(row["is_internal"]),
        "is_pinned": bool(row["is_pinned"]),
        "staff_response": bool(row["staff_response"]),
        "created_by_email": row["created_by_email"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "is_email_sourced": False,
        "html": row["html"],
        "plain_text": plain_text(row["html"]),
        "attachments": [],
    }
