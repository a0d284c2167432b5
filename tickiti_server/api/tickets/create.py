"""Opening and answering tickets, in the classic and the v1 generation."""

from typing import NamedTuple

from tickiti_cli.contract import classic
from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import (
    InterventionNotFound,
    InterventionUidExists,
    QueueNotFound,
    TemplateDataMissing,
    TemplateNotFound,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_server.call import Call, day_of
from tickiti_server.families import attachments, templates
from tickiti_server.families.attachments import Content, is_short, read_content
from tickiti_server.families.opening import open_ticket
from tickiti_server.families.reviewing import Request, open_request, write_request
from tickiti_server.families.ticket_bodies import (
    CreateFromIntervention,
    CreateFromTemplate,
    CreateTicket,
    CreateWithContent,
    FlatCreate,
    FlatRespond,
    Respond,
    TicketCreated,
    TicketResponded,
)
from tickiti_server.handlers import handles
from tickiti_server.store import people
from tickiti_server.store import tickets as stored
from tickiti_server.values import trimmed

OPEN, ON_HOLD = "open", "on-hold"
NOT_OPENED = (
    QueueNotFound,
    TemplateNotFound,
    TemplateDataMissing,
    InterventionNotFound,
    InterventionUidExists,
)


class Written(NamedTuple):
    """What a ticket begins with."""

    subject: str
    content: Content


def _render(call: Call, body: CreateFromTemplate) -> Written:
    """The first response and its subject. Raises ValidationFailed where one would be empty."""
    rendered = templates.filled(call, body.template_identifier, body.data)
    empty = [name for name, text in rendered._asdict().items() if not trimmed(text)]
    if empty:
        name, parts = body.template_identifier, " and the ".join(empty)
        sentence = f"The {parts} of template '{name}' would be empty."
        raise ValidationFailed(sentence, errors={"template_identifier": [sentence]})
    content = read_content(rendered.content, field="template_identifier")
    return Written(rendered.subject, content)


def _write(
    call: Call, body: CreateWithContent | CreateFromTemplate | CreateFromIntervention
) -> Written | Request:
    if isinstance(body, CreateFromIntervention):
        return write_request(call, body)
    if isinstance(body, CreateFromTemplate):
        return _render(call, body)
    return Written(body.data.subject, read_content(body.data.content, field="data.content"))


def _is_quick(body: CreateTicket) -> bool:
    return isinstance(body, CreateWithContent) and is_short(body.data.content)


@handles(classic.create_ticket, prepare=_write, is_quick=_is_quick, refuses=NOT_OPENED)
def create_ticket(call: Call, body: CreateTicket, written: Written | Request) -> TicketCreated:
    """Open a ticket from a subject and content.

    A template with its data, or an intervention with its uid and data, may stand for them.
    """
    if isinstance(body, CreateFromIntervention):
        assert isinstance(written, Request)
        return open_request(call, body, written)
    assert isinstance(written, Written)
    if isinstance(body, CreateFromTemplate):
        templates.usable(call, body.template_identifier)
        queue_name = body.queue_name
    else:
        assert isinstance(body, CreateWithContent)
        queue_name = _one_queue_name(body.queue_name, body.data.queue_name)
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=written.subject,
        content=written.content,
        queue_name=queue_name,
        is_public=body.is_public,
        is_by_originator=body.use_passed_originator_as_responder,
    ).created


@handles(v1.create, prepare=_write, is_quick=_is_quick, refuses=NOT_OPENED)
def create_v1(call: Call, body: CreateTicket, written: Written | Request) -> TicketCreated:
    """The same under v1."""
    return create_ticket(call, body, written)


def _read(_call: Call, body: FlatCreate | Respond | FlatRespond) -> Content | None:
    return None if body.content is None else read_content(body.content, field="content")


def _is_short(body: FlatCreate | Respond | FlatRespond) -> bool:
    return is_short(body.content)


@handles(classic.flat_create, prepare=_read, is_quick=_is_short, refuses=(QueueNotFound,))
def flat_create(call: Call, body: FlatCreate, content: Content) -> TicketCreated:
    """Open a ticket: the flat form, for callers that need no template and no key."""
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=body.subject,
        content=content,
        queue_name=body.queue_name,
        is_public=body.is_public,
    ).created


@handles(classic.ticket_respond, prepare=_read, is_quick=_is_short, refuses=(TicketNotFound,))
def ticket_respond(call: Call, body: Respond, content: Content | None) -> TicketResponded:
    """Answer a ticket, put it on hold, or open it again.

    An answer opens a ticket that is not open and ends its hold, unless its status is on-hold.
    """
    _check_hold(call, body)
    return _respond(call, body, content)


@handles(v1.respond, prepare=_read, is_quick=_is_short, refuses=(TicketNotFound,))
def respond_v1(call: Call, body: Respond, content: Content | None) -> TicketResponded:
    """The same under v1."""
    return ticket_respond(call, body, content)


@handles(classic.flat_respond, prepare=_read, is_quick=_is_short, refuses=(TicketNotFound,))
def flat_respond(call: Call, body: FlatRespond, content: Content) -> TicketResponded:
    """Answer a ticket: the flat form, which opens it again if it is not open."""
    members = body.model_dump()
    filled = Respond.model_construct(**members, status=None, on_hold_until=None)
    return _respond(call, filled, content)


def _one_queue_name(outer: str | None, inner: str | None) -> str | None:
    """The queue's name may stand in two places, but not say two things."""
    if outer is not None and inner is not None and outer != inner:
        sentence = "The queue_name field differs from data.queue_name; send one of them."
        raise ValidationFailed(sentence, errors={"queue_name": [sentence]})
    return outer or inner


def _check_hold(call: Call, body: Respond) -> None:
    errors: dict[str, list[str]] = {}
    if body.content is None and body.status is None:
        errors["content"] = ["The content field is required unless status is given."]
    if body.status == ON_HOLD and body.on_hold_until is None:
        errors["on_hold_until"] = ["The on_hold_until field is required with status on-hold."]
    if body.status != ON_HOLD and body.on_hold_until is not None:
        errors["on_hold_until"] = ["The on_hold_until field goes with status on-hold only."]
    if body.on_hold_until is not None and body.on_hold_until < day_of(call.now):
        errors.setdefault("on_hold_until", ["The on_hold_until field must not be in the past."])
    if errors:
        raise ValidationFailed(next(iter(errors.values()))[0], errors=errors)


def _respond(call: Call, body: Respond, content: Content | None) -> TicketResponded:
    """Post the response, if there is one. Posting reopens, unless it puts the ticket on hold."""
    ticket = stored.find(call.tx, body.ticket_number)
    if ticket is None:
        raise TicketNotFound(body.ticket_number)
    author = people.find_or_add(call.tx, body.from_email, now=call.now)
    if author["id"] != ticket["originator_id"]:
        stored.join(call.tx, ticket["id"], author["id"])
    response_id = None
    if content is not None:
        response_id = attachments.post_response(
            call,
            content,
            ticket_id=ticket["id"],
            author_id=author["id"],
            is_internal=body.is_internal,
            staff_response=bool(author["is_staff"]),
            now=call.now,
            idem_id=call.idem_id,
        )
    status = body.status or OPEN
    until = body.on_hold_until.isoformat() if body.on_hold_until else None
    stored.set_status(call.tx, ticket["id"], status=status, on_hold_until=until, now=call.now)
    reopened = status == OPEN and ticket["status"] != OPEN
    return {"ticket_id": ticket["id"], "response_id": response_id, "reopened": reopened}
