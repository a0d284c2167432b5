"""A ticket with its people, its links and its responses, under v1."""

from tickiti_cli.contract.errors import TicketNotFound
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tickets.bodies.show import (
    LinkedTicket,
    Show,
    Ticket,
    TicketShown,
)
from tickiti_server.api.tickets.responses import thread_of
from tickiti_server.api.tickets.rules import participants
from tickiti_server.api.tickets.rules.reference import find_ticket
from tickiti_server.clock import rfc3339
from tickiti_server.store.helpdesk import hashtags, links
from tickiti_server.store.interface import Row


@handles(v1.show, refuses=(TicketNotFound,))
def show(call: Call, body: Show) -> TicketShown:
    """Show a ticket with its participants, links and all responses."""
    ticket = find_ticket(call, body)
    return {
        "ticket": _ticket(ticket, hashtags.list_ticket_hashtags(call.tx, ticket["id"])),
        "participants": participants.shown(call, ticket),
        "linked_tickets": links_of(call, ticket["id"]),
        "responses": thread_of(call, ticket, body),
    }


def links_of(call: Call, ticket_id: int) -> list[LinkedTicket]:
    """The linked tickets that the caller sees. Links are for staff."""
    if not rights.sees_notes(call):
        return []
    rows = links.list_linked_tickets(call.tx, ticket_id)
    return [_linked(row) for row in rows if rights.sees(call, row)]


def _ticket(row: Row, tags: list[str]) -> Ticket:
    team_id, resolution_id = row["team_id"], row["resolution_id"]
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "priority": str(row["priority"]),
        "queue_id": str(row["queue_id"]),
        "queue_name": row["queue_name"],
        "originator_email": row["originator_email"],
        "originator_name": row["originator_name"],
        "assigned_to_email": f"team:{team_id}" if team_id else row["assigned_to_email"],
        "resolved": str(resolution_id) if resolution_id else None,
        "hashtags": tags,
        "on_hold_until": row["on_hold_until"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
    }


def _linked(row: Row) -> LinkedTicket:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "is_clone": bool(row["is_clone"]),
    }
