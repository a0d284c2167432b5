"""The responses of one ticket, one response, and the shape of a response in replies."""

import json
from collections.abc import Collection, Sequence

from tickiti_cli.contract.errors import PayloadTooLarge, ResponseNotFound, TicketNotFound
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.bodies.show import (
    LARGE,
    RecordedChange,
    Response,
    Responses,
    ResponseShown,
    Show,
    ShowResponse,
)
from tickiti_server.api.tickets.rules.reference import find_ticket
from tickiti_server.clock import rfc3339
from tickiti_server.store.helpdesk import responses as stored
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.helpdesk.responses import WHOLE, BodyParts
from tickiti_server.store.interface import Row

MOST_SHOWN = 32 * 1024 * 1024
"""Bytes of responses in one reply, so that no reply fills the memory. One may be larger."""


@handles(v1.responses, refuses=(TicketNotFound,))
def responses(call: Call, body: Show) -> Responses:
    """List the responses of a ticket, without the ticket."""
    ticket = find_ticket(call, body)
    return {"ticket_number": ticket["number"], "responses": thread_of(call, ticket, body)}


@handles(v1.response_show, refuses=(ResponseNotFound,))
def show_response(call: Call, body: ShowResponse) -> ResponseShown:
    """Show one response and its ticket."""
    parts = BodyParts(most=body.max_body_chars)
    row, ticket = find_response(call, body.response_id, parts=parts)
    place = {"ticket_id": str(ticket["id"]), "ticket_number": ticket["number"]}
    return {"response": {**response_of(call, row), **place}}  # type: ignore[typeddict-item]


def find_response(call: Call, response_id: int, *, parts: BodyParts = WHOLE) -> tuple[Row, Row]:
    """A response and its ticket. Raises ResponseNotFound for a response that is not there, is
    deleted, or is not seen by the caller."""
    row = stored.find_response(
        call.tx, response_id, parts=parts, sees_notes=rights.sees_notes(call)
    )
    ticket = tickets.find_ticket_by_id(call.tx, row["ticket_id"]) if row else None
    if row is None or ticket is None or not rights.sees(call, ticket):
        raise ResponseNotFound(response_id)
    return row, ticket


def thread_of(call: Call, ticket: Row, body: Show) -> list[Response]:
    """The responses of a ticket that the caller sees. Raises PayloadTooLarge where one reply cannot
    hold them."""
    fields = LARGE if body.fields is None else body.fields
    rows, is_all = stored.list_thread(
        call.tx,
        ticket["id"],
        parts=BodyParts("html" in fields, "plain_text" in fields, body.max_body_chars),
        sees_notes=rights.sees_notes(call),
        most=MOST_SHOWN,
    )
    if not is_all:
        raise PayloadTooLarge(
            f"The responses of ticket {ticket['number']} are larger than {MOST_SHOWN >> 20} MiB. "
            f"Ask for them in pages: {v1.responses_query.path} with ticket_number, and cursor."
        )
    return responses_of(call, rows, fields)


def response_of(call: Call, row: Row) -> Response:
    """A response in a reply, with all its members."""
    return responses_of(call, [row])[0]


def responses_of(
    call: Call, rows: Sequence[Row], fields: Collection[str] = LARGE
) -> list[Response]:
    """Responses in a reply, with those of their large members that are in `fields`. The attachments
    of all are read at once."""
    has_html, has_text = "html" in fields, "plain_text" in fields
    found = [_response(call, row, has_html=has_html, has_text=has_text) for row in rows]
    if "attachments" in fields:
        having = [row["id"] for row in rows if row["has_files"]]
        files = attachments.of_responses(call, having)
        for response in found:
            response["attachments"] = []
        if having:
            for response, row in zip(found, rows, strict=True):
                response["attachments"] = files.get(row["id"], [])
    return found


def _response(call: Call, row: Row, *, has_html: bool, has_text: bool) -> Response:
    """A response without its attachments. Each column is read once: finding it by its name takes as
    long as everything else."""
    recorded = row["audit"]
    found: Response = {
        "id": str(row["id"]),
        "is_internal": bool(row["is_internal"]),
        "is_pinned": bool(row["is_pinned"]),
        "staff_response": bool(row["staff_response"]),
        "created_by_email": row["created_by_email"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "is_email_sourced": False,
        "body_chars": row["body_chars"],
        "audit": [] if recorded is None else _audit(call, recorded),
        "is_audit_only": bool(row["is_audit_only"]),
    }
    if has_html:
        found["html"] = html = row["html"]
        if len(html) < found["body_chars"]:
            found["html_truncated"] = True
    if has_text:
        found["plain_text"] = text = row["text"]
        whole = row["text_chars"]
        if whole is not None and len(text) < whole:
            found["plain_text_truncated"] = True
    return found


def _audit(call: Call, recorded: str) -> list[RecordedChange]:
    """The recorded changes of a response. They are for staff, as internal notes are."""
    if not rights.sees_notes(call):
        return []
    entries: list[RecordedChange] = json.loads(recorded)
    return entries
