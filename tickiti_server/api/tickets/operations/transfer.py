"""Responses that are moved and copied to another ticket, or become a ticket of their own.

Rule: a response keeps its author, flags, times and files. Both tickets get a record of the change
that says nothing else.
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
from tickiti_server.api.tickets.operations.bodies.transfer import (
    SplitTicket,
    TicketSplit,
    Transferred,
    TransferredResponse,
    TransferResponses,
)
from tickiti_server.api.tickets.operations.selection import Selection, find_selection
from tickiti_server.api.tickets.rules import changes
from tickiti_server.api.tickets.rules.reference import find_by_number
from tickiti_server.store.helpdesk import links, queues
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations import deletion, thread
from tickiti_server.store.operations.audit import Change

_REFUSED = (TicketNotFound, ResponseNotFound, QueueRightRequired)


@handles(v1.response_move, refuses=_REFUSED)
def move(call: Call, body: TransferResponses) -> Transferred:
    """Move responses to the end of another ticket, where they get new ids."""
    target, selection = _found(call, body)
    for ticket in (target, *selection.tickets):
        rights.require(call, ticket["queue_id"], Right.MANAGE)
    return _transfer(call, selection, target, "moved")


@handles(v1.response_copy, refuses=_REFUSED)
def copy(call: Call, body: TransferResponses) -> Transferred:
    """Copy responses to the end of another ticket."""
    target, selection = _found(call, body)
    rights.require(call, target["queue_id"], Right.MANAGE)
    return _transfer(call, selection, target, "copied")


@handles(v1.split, refuses=(ResponseNotFound, QueueNotFound, QueueRightRequired))
def split(call: Call, body: SplitTicket) -> TicketSplit:
    """Split responses of a ticket into a new ticket.

    The new ticket has the same requester, participants, priority and assignee, and is open. The two
    tickets stay linked.
    """
    selection = find_selection(call, body.response_ids)
    source = _one_ticket(selection)
    if not body.copy_responses and thread.count_said(call.tx, source["id"]) == len(
        selection.responses
    ):
        sentence = "A split must leave a response on the ticket: move fewer, or copy them."
        raise ValidationFailed.of("response_ids", sentence)
    queue_name = _queue_name(call, source, body.queue)
    rights.require(call, source["queue_id"], Right.MANAGE)
    created = _open_clone(call, source, subject=body.subject, queue_name=queue_name)
    put = put_on_ticket(call, selection.responses, created["ticket_id"])
    if not body.copy_responses:
        _delete(call, selection)
    change = Change("split", source["number"], created["ticket_number"])
    for ticket_id in (source["id"], created["ticket_id"]):
        changes.record(call, ticket_id, [change], author=changes.owner(call))
    stored.update_ticket(call.tx, source["id"], {}, now=call.now)
    return {**created, "responses": put}


def put_on_ticket(
    call: Call, responses: Iterable[Row], ticket_id: int
) -> list[TransferredResponse]:
    """Copy responses to the end of a ticket, in this order."""
    return [
        {
            "from_response_id": row["id"],
            "response_id": thread.copy_response(call.tx, row["id"], ticket_id=ticket_id),
        }
        for row in responses
    ]


def _found(call: Call, body: TransferResponses) -> tuple[Row, Selection]:
    """The ticket that gets the responses, and the responses. Raises TicketNotFound,
    ResponseNotFound, and ValidationFailed where a response is on the ticket already."""
    target = find_by_number(call, body.target_ticket_number)
    selection = find_selection(call, body.response_ids)
    for ticket in selection.tickets:
        if ticket["id"] == target["id"]:
            sentence = "A response is on the target ticket already; name another ticket."
            raise ValidationFailed.of("target_ticket_number", sentence)
    return target, selection


def _transfer(call: Call, selection: Selection, target: Row, what: str) -> Transferred:
    put = put_on_ticket(call, selection.responses, target["id"])
    if what == "moved":
        _delete(call, selection)
    author = changes.owner(call)
    for source in selection.tickets:
        change = Change(what, source["number"], target["number"])
        for ticket in (source, target):
            changes.record(call, ticket["id"], [change], author=author)
            stored.update_ticket(call.tx, ticket["id"], {}, now=call.now)
    return {"target_ticket_number": target["number"], "responses": put}


def _delete(call: Call, selection: Selection) -> None:
    for row in selection.responses:
        thread.delete_response(call.tx, row["id"], now=call.now)


def _one_ticket(selection: Selection) -> Row:
    if len(selection.tickets) > 1:
        sentence = "The responses are on several tickets; a split takes those of one."
        raise ValidationFailed.of("response_ids", sentence)
    return selection.tickets[0]


def _queue_name(call: Call, source: Row, wanted: str | None) -> str:
    """The name of the new ticket's queue. Raises QueueNotFound."""
    if wanted is None:
        return str(source["queue_name"])
    queue = queues.find_queue_by_name(call.tx, wanted)
    if queue is None or not rights.has_right(call, queue["id"], Right.VIEW):
        raise QueueNotFound(wanted, field="queue")
    return str(queue["name"])


def _open_clone(call: Call, source: Row, *, subject: str, queue_name: str) -> TicketSplit:
    """A new ticket without responses, with the people of another one."""
    place = stored.resolve_new_ticket(
        call.tx, queue_name=queue_name, originator=source["originator_email"]
    )
    secure_id = call.new_id()
    ticket_id = stored.insert_ticket(
        call.tx,
        number=place["number"],
        secure_id=secure_id,
        subject=subject,
        queue_id=place["queue_id"],
        originator_id=source["originator_id"],
        priority=source["priority"],
        now=call.now,
        operation_id=call.operation_id,
    )
    assignee = {"assigned_to": source["assigned_to"], "team_id": source["team_id"]}
    stored.update_ticket(call.tx, ticket_id, assignee, now=call.now)
    deletion.copy_participants(
        call.tx, source["id"], to=ticket_id, originator_id=source["originator_id"]
    )
    links.add_link(call.tx, source["id"], ticket_id, now=call.now, is_clone=True)
    return {
        "ticket_number": place["number"],
        "ticket_id": ticket_id,
        "secure_id": secure_id,
        "queue": queue_name,
        "source_ticket_number": source["number"],
        "responses": [],
    }
