"""Actions of staff on a ticket: close, reopen, assign, prioritise, mark, watch.

Rule: all actions of one request are applied, or none.
"""

from tickiti_cli.contract.bundled import staff as contract
from tickiti_cli.contract.errors import (
    AssigneeNotFound,
    QueueRightRequired,
    ResolutionRequired,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.settings import watchlists
from tickiti_server.api.tickets.bodies.act import ACTIONS, Act, Acted
from tickiti_server.api.tickets.rules import attributes, changes
from tickiti_server.api.tickets.rules.attributes import CLOSED, OPEN, Attributes
from tickiti_server.api.tickets.rules.reference import find_by_number
from tickiti_server.store.helpdesk import hashtags, people
from tickiti_server.store.helpdesk import watchlists as stored_watchlists
from tickiti_server.store.interface import Row


@handles(
    contract.act,
    refuses=(TicketNotFound, QueueRightRequired, ResolutionRequired, AssigneeNotFound),
)
def act(call: Call, body: Act) -> Acted:
    """Perform staff actions on a ticket.

    Closes or reopens it, assigns it, sets its priority, hashtags and watchlist. Changes of status,
    assignee and priority are recorded on the ticket.
    """
    _check_actions(body)
    ticket = find_by_number(call, body.ticket_number)
    is_marked = _mark(call, ticket, body)
    recorded = attributes.change(call, ticket, _wanted(call, body, ticket), posts=is_marked)
    changes.record(call, ticket["id"], recorded, author=changes.owner(call))
    if body.watchlist is not None:
        watchlist = watchlists.found(call, body.watchlist, field="watchlist")
        stored_watchlists.add_ticket(call.tx, watchlist["id"], ticket["id"])
    return _acted(call, find_by_number(call, body.ticket_number))


def _wanted(call: Call, body: Act, ticket: Row) -> Attributes:
    """The attributes that the request asks for. Opening an open ticket changes nothing."""
    status = CLOSED if body.close else OPEN if body.reopen else None
    if body.assign is not None:
        _check_staff(call, body.assign)
    return Attributes(
        status=None if status == ticket["status"] else status,
        priority=body.priority,
        assignee=body.assign,
    )


def _mark(call: Call, ticket: Row, body: Act) -> bool:
    """Add and remove hashtags. Returns whether the request has any."""
    for tag in body.remove_hashtags:
        hashtags.remove_hashtag(call.tx, ticket["id"], tag)
    for tag in body.hashtags:
        hashtags.add_hashtag(call.tx, ticket["id"], tag)
    return bool(body.hashtags or body.remove_hashtags)


def _check_actions(body: Act) -> None:
    if body.close and body.reopen:
        raise ValidationFailed.of("reopen", "The reopen field contradicts close; send one of them.")
    if not any(getattr(body, action) for action in ACTIONS):
        sentence = f"Nothing to do: one of {', '.join(ACTIONS)} is required."
        raise ValidationFailed.of("body", sentence)


def _check_staff(call: Call, email: str) -> None:
    """Raises AssigneeNotFound where the address is not that of a member of staff."""
    person = people.find_person(call.tx, email)
    if person is None or not person["is_staff"]:
        raise AssigneeNotFound(email, field="assign")


def _acted(call: Call, ticket: Row) -> Acted:
    return {
        "ticket_id": ticket["id"],
        "ticket_number": ticket["number"],
        "status": ticket["status"],
        "priority": ticket["priority"],
        "assigned_to_email": attributes.shown_assignee(ticket),
        "on_hold_until": ticket["on_hold_until"],
        "hashtags": hashtags.list_ticket_hashtags(call.tx, ticket["id"]),
        "watchlists": stored_watchlists.list_ticket_watchlists(
            call.tx, ticket["id"], call.caller.person_id
        ),
    }
