"""Merging two tickets into the older one, and giving a ticket another originator."""

from tickiti_cli.contract.errors import (
    Conflict,
    QueueRightRequired,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.rights import Right
from tickiti_server.api.tickets.operations.bodies.merge import (
    MergeTickets,
    OriginatorUpdated,
    TicketsMerged,
    UpdateOriginator,
)
from tickiti_server.api.tickets.operations.transfer import put_on_ticket
from tickiti_server.api.tickets.rules import attributes, changes
from tickiti_server.api.tickets.rules.attributes import CLOSED, ON_HOLD, Attributes
from tickiti_server.api.tickets.rules.reference import find_by_number, find_ticket
from tickiti_server.store.helpdesk import links, people
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations import deletion, thread
from tickiti_server.store.operations.audit import Change
from tickiti_server.store.outgoing import reviews

_REFUSED = (TicketNotFound, QueueRightRequired)


@handles(v1.merge, refuses=(*_REFUSED, Conflict))
def merge(call: Call, body: MergeTickets) -> TicketsMerged:
    """Merge two tickets: the older one survives, the newer one is deleted and refers to it.

    The survivor gets the other's participants, hashtags, links and copies of its responses. It
    reopens if it is on hold. A newer ticket that awaits the decision of an intervention is not
    merged until it is decided or closed.
    """
    if body.ticket_number == body.other_ticket_number:
        sentence = "A ticket cannot be merged with itself."
        raise ValidationFailed.of("other_ticket_number", sentence)
    pair = [find_by_number(call, n) for n in (body.ticket_number, body.other_ticket_number)]
    for ticket in pair:
        rights.require(call, ticket["queue_id"], Right.MANAGE)
    survivor, newer = sorted(pair, key=lambda ticket: (ticket["created_at"], ticket["id"]))
    _refuse_undecided(call, newer)
    participants = _take_people(call, survivor, newer)
    responses, last = _take_responses(call, survivor, newer)
    deletion.copy_hashtags(call.tx, newer["id"], to=survivor["id"])
    links.copy_links(call.tx, newer["id"], to=survivor["id"], now=call.now)
    is_reopened = survivor["status"] == ON_HOLD
    recorded = attributes.change(call, survivor, Attributes(), reopens=is_reopened, posts=True)
    merged = Change("merged", newer["number"], survivor["number"])
    author = changes.owner(call)
    changes.record(call, survivor["id"], [merged, *recorded], author=author, response_id=last)
    deletion.delete_ticket(call.tx, newer["id"], now=call.now, merged_into=survivor["id"])
    return {
        "ticket_number": survivor["number"],
        "ticket_id": survivor["id"],
        "merged_ticket_number": newer["number"],
        "responses": responses,
        "participants": participants,
        "reopened": is_reopened,
    }


@handles(v1.originator_update, refuses=_REFUSED)
def update_originator(call: Call, body: UpdateOriginator) -> OriginatorUpdated:
    """Change the requester of a ticket. The previous one stays a participant."""
    ticket = find_ticket(call, body)
    rights.require(call, ticket["queue_id"], Right.MANAGE)
    person = people.find_or_add_person(call.tx, body.originator_email, now=call.now)
    recorded = []
    if person["id"] != ticket["originator_id"]:
        deletion.set_originator(call.tx, ticket["id"], person["id"], now=call.now)
        recorded = [Change("originator", ticket["originator_email"], person["email"])]
    response_id = changes.record(call, ticket["id"], recorded, author=changes.owner(call))
    return {
        "ticket_number": ticket["number"],
        "ticket_id": ticket["id"],
        "originator_email": person["email"],
        "response_id": response_id,
    }


def _refuse_undecided(call: Call, ticket: Row) -> None:
    """Raise Conflict for a ticket that awaits a decision: nobody could decide a deleted ticket, and
    the system that asked would wait for ever."""
    review = reviews.find_review(call.tx, ticket["id"])
    if review is not None and review["decided_at"] is None and ticket["status"] != CLOSED:
        number = ticket["number"]
        raise Conflict(
            f"Ticket {number} awaits a decision, which the merge would lose; decide or close it "
            f"first: tickiti intervention decide {number}"
        )


def _take_people(call: Call, survivor: Row, newer: Row) -> int:
    """Have the newer ticket's people take part in the survivor. Returns the number of new ones."""
    own = survivor["originator_id"]
    found = deletion.copy_participants(call.tx, newer["id"], to=survivor["id"], originator_id=own)
    if newer["originator_id"] != own:
        found += stored.add_participant(call.tx, survivor["id"], newer["originator_id"])
    return found


def _take_responses(call: Call, survivor: Row, newer: Row) -> tuple[int, int | None]:
    """Copy the newer ticket's responses. Returns how many say something, and the last copy's id."""
    rows = thread.list_kept_ids(call.tx, newer["id"])
    put = put_on_ticket(call, rows, survivor["id"])
    said = sum(not row["is_audit_only"] for row in rows)
    return said, put[-1]["response_id"] if put else None
