"""Links between tickets. They are symmetric, and for staff."""

from tickiti_cli.contract.errors import (
    CloneLink,
    QueueRightRequired,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.rights import Right
from tickiti_server.api.tickets.operations.bodies.links import (
    Links,
    LinkTickets,
    UnlinkTicket,
)
from tickiti_server.api.tickets.rules.reference import TicketRef, find_by_number, find_ticket
from tickiti_server.api.tickets.show import links_of
from tickiti_server.store.helpdesk import links as stored
from tickiti_server.store.interface import Row

_REFUSED = (TicketNotFound, QueueRightRequired)


class FindLinks(TicketRef):
    """The ticket whose links are listed."""


@handles(v1.links, refuses=_REFUSED)
def index(call: Call, body: FindLinks) -> Links:
    """List the linked tickets that you may view."""
    return _links(call, _found(call, body))


@handles(v1.link, refuses=_REFUSED)
def link(call: Call, body: LinkTickets) -> Links:
    """Link a ticket to others. If one of them is unknown, none is linked."""
    ticket = _found(call, body)
    others = [find_by_number(call, number) for number in body.linked_ticket_numbers]
    if any(other["id"] == ticket["id"] for other in others):
        sentence = "A ticket cannot be linked to itself."
        raise ValidationFailed.of("linked_ticket_numbers", sentence)
    for other in others:
        stored.add_link(call.tx, ticket["id"], other["id"], now=call.now)
    return _links(call, ticket)


@handles(v1.unlink, refuses=(*_REFUSED, CloneLink))
def unlink(call: Call, body: UnlinkTicket) -> Links:
    """Remove the link between two tickets. A link that a split made stays."""
    ticket = _found(call, body)
    other = find_by_number(call, body.linked_ticket_number)
    found = stored.find_link(call.tx, ticket["id"], other["id"])
    if found is not None and found["is_clone"]:
        raise CloneLink(other["number"])
    stored.remove_link(call.tx, ticket["id"], other["id"])
    return _links(call, ticket)


def _found(call: Call, body: TicketRef) -> Row:
    """The ticket. Raises QueueRightRequired for a caller who is not staff."""
    ticket = find_ticket(call, body)
    rights.require(call, ticket["queue_id"], Right.VIEW)
    return ticket


def _links(call: Call, ticket: Row) -> Links:
    linked = links_of(call, ticket["id"])
    return {"ticket_number": ticket["number"], "linked_tickets": linked}
