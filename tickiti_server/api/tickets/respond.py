"""Answering a ticket, closing it and changing who takes part, in both generations.

Rule: only a public response opens a ticket that is not open. An internal note changes no status
(API contract, sections 4 and 5).
"""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import (
    AssigneeNotFound,
    AttachmentBlocked,
    AttachmentNotUploaded,
    PlanRequired,
    QueueNotFound,
    QueueRightRequired,
    ResolutionNotFound,
    ResolutionRequired,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.attachments import Content, is_short, read_content
from tickiti_server.api.tickets.bodies.respond import (
    ChangeParticipants,
    CloseTicket,
    FlatRespond,
    ParticipantsChanged,
    Respond,
    RespondV1,
    TicketResponded,
    TicketRespondedV1,
)
from tickiti_server.api.tickets.rules import attributes, changes, notification, participants
from tickiti_server.api.tickets.rules.attributes import CLOSED, OPEN, Attributes
from tickiti_server.api.tickets.rules.file_refs import FileRef, attach
from tickiti_server.api.tickets.rules.reference import find_by_number, find_ticket
from tickiti_server.store.helpdesk import people
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations.audit import Author, Change

_REFUSED = (
    TicketNotFound,
    QueueRightRequired,
    AssigneeNotFound,
    QueueNotFound,
    ResolutionNotFound,
    ResolutionRequired,
    AttachmentNotUploaded,
    AttachmentBlocked,
    PlanRequired,
)
_Written = Respond | FlatRespond | RespondV1 | CloseTicket


class Answer(NamedTuple):
    """The effects of one request on a ticket."""

    author: Author
    content: Content | None = None
    is_internal: bool = False
    wanted: Attributes = Attributes()
    keeps_status: bool = False
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    mails: bool = False
    """Whether the participants get the content as a mail. An internal note is never mailed."""
    files: Sequence[FileRef] = ()

    @property
    def posts(self) -> bool:
        """Whether a response is posted. Files alone come with an empty one."""
        return self.content is not None or bool(self.files)


def _read_content(_call: Call, body: _Written) -> Content | None:
    return None if body.content is None else read_content(body.content, field="content")


def _read_answer(call: Call, body: RespondV1) -> Content | None:
    content = _read_content(call, body)
    if content is None or not _is_mailed(body):
        return content
    assert body.content is not None
    return content._replace(mail=notification.mail_html(body.content))


def _is_mailed(body: RespondV1) -> bool:
    return body.send_full_email and not body.is_internal


def _is_short(body: _Written) -> bool:
    return is_short(body.content)


@handles(
    classic.ticket_respond,
    prepare=_read_content,
    is_quick=_is_short,
    refuses=(TicketNotFound, QueueRightRequired),
)
def ticket_respond(call: Call, body: Respond, content: Content | None) -> TicketResponded:
    """Respond to a ticket, put it on hold, or reopen it.

    A public response reopens a ticket that is not open and ends its hold, unless the new status is
    on-hold. An internal note changes neither.
    """
    wanted = Attributes(status=body.status, on_hold_until=body.on_hold_until)
    errors = attributes.checked(call, wanted)
    if body.content is None and body.status is None:
        errors["content"] = ["The content field is required unless status is given."]
    if body.status is None and body.on_hold_until is not None:
        errors["on_hold_until"] = ["The on_hold_until field goes with status on-hold only."]
    if errors:
        raise ValidationFailed.of_fields(errors)
    ticket = find_by_number(call, body.ticket_number)
    author = _author(call, body.from_email)
    return _carry_out(call, ticket, Answer(author, content, body.is_internal, wanted))


@handles(classic.flat_respond, prepare=_read_content, is_quick=_is_short, refuses=(TicketNotFound,))
def flat_respond(call: Call, body: FlatRespond, content: Content) -> TicketResponded:
    """Respond to a ticket, flat form. A public response reopens a ticket that is not open."""
    ticket = find_by_number(call, body.ticket_number)
    author = _author(call, body.from_email)
    return _carry_out(call, ticket, Answer(author, content, body.is_internal))


@handles(v1.respond, prepare=_read_answer, is_quick=_is_short, refuses=_REFUSED)
def respond(call: Call, body: RespondV1, content: Content | None) -> TicketRespondedV1:
    """Respond to a ticket, change its attributes and participants, or both at once.

    Changes are recorded in the response, or without one in a response of their own.
    """
    wanted = Attributes(
        status=body.status,
        on_hold_until=body.on_hold_until,
        priority=body.priority,
        queue=body.queue,
        subject=body.subject,
        assignee=body.assigned_to_email,
        resolution=body.resolved,
    )
    _check_respond(call, body, wanted)
    ticket = find_ticket(call, body)
    answer = Answer(
        author=_author(call, body.from_email),
        content=content,
        is_internal=body.is_internal,
        wanted=wanted,
        keeps_status=body.keep_status,
        add=tuple(body.add_participants),
        remove=tuple(body.remove_participants),
        mails=_is_mailed(body),
        files=body.attachments,
    )
    return _with_ignored(body, _carry_out(call, ticket, answer))


@handles(v1.close, prepare=_read_content, is_quick=_is_short, refuses=_REFUSED)
def close(call: Call, body: CloseTicket, content: Content | None) -> TicketRespondedV1:
    """Close a ticket, optionally with a last response. A closed ticket stays closed."""
    wanted = Attributes(
        status=CLOSED, queue=body.queue, subject=body.subject, resolution=body.resolved
    )
    ticket = find_ticket(call, body)
    answer = Answer(
        _author(call, body.from_email), content, body.is_internal, wanted, files=body.attachments
    )
    return _with_ignored(body, _carry_out(call, ticket, answer))


@handles(v1.participants_add, refuses=(TicketNotFound,))
def add_participants(call: Call, body: ChangeParticipants) -> ParticipantsChanged:
    """Add participants to a ticket. Unknown addresses become customers."""
    return _change_participants(call, body, add=tuple(body.participants))


@handles(v1.participants_remove, refuses=(TicketNotFound,))
def remove_participants(call: Call, body: ChangeParticipants) -> ParticipantsChanged:
    """Remove participants from a ticket. The requester always stays."""
    return _change_participants(call, body, remove=tuple(body.participants))


def _change_participants(
    call: Call,
    body: ChangeParticipants,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> ParticipantsChanged:
    ticket = find_ticket(call, body)
    author = _author(call, body.from_email)
    done = _carry_out(
        call, ticket, Answer(author, add=add, remove=remove), field="participants", joins=False
    )
    return {**_with_ignored(body, done), "participants": participants.shown(call, ticket)}


def _check_respond(call: Call, body: RespondV1, wanted: Attributes) -> None:
    errors = attributes.checked(call, wanted)
    more = body.add_participants or body.remove_participants or body.attachments
    if body.content is None and not wanted.are_asked() and not more:
        errors["content"] = ["The content field is required unless something is changed."]
    if errors:
        raise ValidationFailed.of_fields(errors)


def _author(call: Call, email: str | None) -> Author:
    """The person who answers; the token's owner where a request names nobody."""
    if email is None:
        return changes.owner(call)
    row = people.find_or_add_person(call.tx, email, now=call.now)
    return Author(row["id"], row["email"], is_staff=bool(row["is_staff"]))


def _carry_out(
    call: Call,
    ticket: Row,
    answer: Answer,
    *,
    field: str = "remove_participants",
    joins: bool = True,
) -> TicketResponded:
    """Everything that one request asks of a ticket. The author of an answer takes part in it."""
    author = answer.author
    recorded: list[Change] = []
    reopens = answer.posts and not answer.is_internal and not answer.keeps_status
    recorded += attributes.change(call, ticket, answer.wanted, reopens=reopens, posts=answer.posts)
    recorded += participants.change(call, ticket, answer.add, answer.remove, field=field)
    if joins and author.id != ticket["originator_id"]:
        stored.add_participant(call.tx, ticket["id"], author.id)
    response_id = _post(call, ticket, answer)
    if answer.mails and answer.content is not None:
        notification.send(call, ticket, answer.content.mail)
    response_id = changes.record(
        call, ticket["id"], recorded, author=author, response_id=response_id
    )
    is_open = any(change.what == "status" and change.after == OPEN for change in recorded)
    return {"ticket_id": ticket["id"], "response_id": response_id, "reopened": is_open}


def _post(call: Call, ticket: Row, answer: Answer) -> int | None:
    if not answer.posts:
        return None
    response_id = attachments.post_response(
        call.tx,
        answer.content or attachments.NO_CONTENT,
        ticket_id=ticket["id"],
        author_id=answer.author.id,
        is_internal=answer.is_internal,
        staff_response=answer.author.is_staff,
        now=call.now,
        operation_id=call.operation_id,
    )
    attach(call, response_id, answer.files)
    return response_id


def _with_ignored(
    body: RespondV1 | CloseTicket | ChangeParticipants, done: TicketResponded
) -> TicketRespondedV1:
    """A v1 reply, which names the members of the request that are not known."""
    reply: TicketRespondedV1 = {
        "ticket_id": done["ticket_id"],
        "response_id": done["response_id"],
        "reopened": done["reopened"],
    }
    if body.ignored_params:
        reply["ignored_params"] = body.ignored_params
    return reply
