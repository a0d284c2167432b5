"""Showing tickets and what was said on them, under v1."""

from collections.abc import Sequence

from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import PayloadTooLarge, TicketNotFound
from tickiti_server.call import Call, rfc3339, rfc3339_exact
from tickiti_server.families import attachments
from tickiti_server.families.response_bodies import (
    NextResponses,
    QueryResponses,
    ResponsePage,
    ResponseRow,
)
from tickiti_server.families.shown_bodies import (
    Response,
    Responses,
    SaidResponse,
    Show,
    Ticket,
    TicketShown,
)
from tickiti_server.folding import case_key
from tickiti_server.handlers import handles
from tickiti_server.rendering import plain_text
from tickiti_server.store import responses as said
from tickiti_server.store import tickets as stored
from tickiti_server.store.database import Row
from tickiti_server.store.search import Conditions

MOST_SHOWN = 32 * 1024 * 1024
"""Bytes of what was said in one reply, unless a single response is larger."""


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


@handles(v1.responses_query)
def query_responses(call: Call, body: QueryResponses) -> ResponsePage:
    """Find what was said on all tickets, oldest first: for an export that misses nothing."""
    conditions = Conditions(call.caller.person_id)
    for clause, values in (
        (said.is_since, [body.created_from[0]] if body.created_from else []),
        (said.is_before, [body.created_to[1]] if body.created_to else []),
        (said.is_internal, [] if body.is_internal is None else [body.is_internal]),
        (said.is_by_staff, [] if body.staff_response is None else [body.staff_response]),
        (said.is_in_queue, [case_key(name) for name in body.queue]),
        (said.is_in_queue_of_id, body.queue_id),
        (said.is_of_ticket, body.ticket_number),
    ):
        if values:
            conditions.any_of(clause, values)
    after = (body.cursor.created_at, body.cursor.id) if body.cursor else None
    rows, is_all = said.page(
        call.tx, conditions, after=after, limit=body.limit + 1, most=MOST_SHOWN
    )
    page, more = rows[: body.limit], len(rows) > body.limit or not is_all
    listed = [_listed(call, row, body.fields) for row in page]
    return {"responses": listed, "next_cursor": _place(page[-1]) if more else None}


def _found(call: Call, number: int) -> Row:
    ticket = stored.find(call.tx, number)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


def _responses(call: Call, ticket: Row) -> list[Response]:
    rows, is_all = stored.responses(call.tx, ticket["id"], most=MOST_SHOWN)
    if not is_all:
        raise PayloadTooLarge(
            f"The responses of ticket {ticket['number']} are larger than {MOST_SHOWN >> 20} MiB. "
            f"Ask for them in pages: {v1.responses_query.path} with ticket_number, and cursor."
        )
    return [_response(call, row) for row in rows]


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


def _response(call: Call, row: Row) -> Response:
    return {
        **_said(row),
        "html": row["html"],
        "plain_text": _text(row),
        "attachments": attachments.of_response(call, row["id"]),
    }


def _place(row: Row) -> NextResponses:
    return {"created_at": rfc3339_exact(row["created_at"]), "id": str(row["id"])}


def _listed(call: Call, row: Row, fields: Sequence[str] | None) -> ResponseRow:
    """A response of a query, with those of the large members that are wanted."""
    found: ResponseRow = {**_said(row), "ticket_number": row["ticket_number"]}  # type: ignore[typeddict-item]
    if fields is None or "html" in fields:
        found["html"] = row["html"]
    if fields is None or "plain_text" in fields:
        found["plain_text"] = _text(row)
    if fields is None or "attachments" in fields:
        found["attachments"] = attachments.of_response(call, row["id"])
    return found


def _said(row: Row) -> SaidResponse:
    return {
        "id": str(row["id"]),
        "is_internal": bool(row["is_internal"]),
        "is_pinned": bool(row["is_pinned"]),
        "staff_response": bool(row["staff_response"]),
        "created_by_email": row["created_by_email"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "is_email_sourced": False,
    }


def _text(row: Row) -> str:
    """What a person reads: worked out when it was stored, by this version or an earlier one."""
    return plain_text(row["html"]) if row["text"] is None else str(row["text"])
