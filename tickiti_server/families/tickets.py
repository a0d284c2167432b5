"""Opening and answering tickets, in the classic and the v1 generation."""

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
from tickiti_server.rendering import Rendered
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


def _render(call: Call, body: CreateFromTemplate) -> Rendered:
    """The first response and its subject. Raises ValidationFailed where one would be empty."""
    rendered = templates.filled(call, body.template_identifier, body.data)
    empty = [name for name, text in rendered._asdict().items() if not trimmed(text)]
    if empty:
        name, parts = body.template_identifier, " and the ".join(empty)
        sentence = f"The {parts} of template '{name}' would be empty."
        raise ValidationFailed(sentence, errors={"template_identifier": [sentence]})
    return rendered


def _write(call: Call, body: CreateFromTemplate | CreateFromIntervention) -> Rendered | Request:
    if isinstance(body, CreateFromIntervention):
        return write_request(call, body)
    return _render(call, body)


@handles(classic.create_ticket, prepare=_write, refuses=NOT_OPENED)
def create_ticket(
    call: Call, body: CreateTicket, written: Rendered | Request | None
) -> TicketCreated:
    """Open a ticket from a subject and content.

    A template with its data, or an intervention with its uid and data, may stand for them.
    """
    if isinstance(body, CreateFromIntervention):
        assert isinstance(written, Request)
        return open_request(call, body, written)
    if isinstance(body, CreateFromTemplate):
        assert isinstance(written, Rendered)
        templates.usable(call, body.template_identifier)
        subject, content, queue_name = written.subject, written.content, body.queue_name
        field = "template_identifier"
    else:
        assert isinstance(body, CreateWithContent)
        subject, content = body.data.subject, body.data.content
        queue_name = _one_queue_name(body.queue_name, body.data.queue_name)
        field = "data.content"
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=subject,
        content=content,
        field=field,
        queue_name=queue_name,
        is_public=body.is_public,
        is_by_originator=body.use_passed_originator_as_responder,
    ).created


@handles(v1.create, prepare=_write, refuses=NOT_OPENED)
def create_v1(call: Call, body: CreateTicket, written: Rendered | Request | None) -> TicketCreated:
    """The same under v1."""
    return create_ticket(call, body, written)


@handles(classic.flat_create, refuses=(QueueNotFound,))
def flat_create(call: Call, body: FlatCreate) -> TicketCreated:
    """Open a ticket: the flat form, for callers that need no template and no key."""
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=body.subject,
        content=body.content,
        queue_name=body.queue_name,
        is_public=body.is_public,
    ).created


@handles(classic.ticket_respond, refuses=(TicketNotFound,))
def ticket_respond(call: Call, body: Respond) -> TicketResponded:
    """Answer a ticket, put it on hold, or open it again.

    An answer opens a ticket that is not open and ends its hold, unless its status is on-hold.
    """
    _check_hold(call, body)
    return _respond(call, body)


@handles(v1.respond, refuses=(TicketNotFound,))
def respond_v1(call: Call, body: Respond) -> TicketResponded:
    """The same under v1."""
    return ticket_respond(call, body)


@handles(classic.flat_respond, refuses=(TicketNotFound,))
def flat_respond(call: Call, body: FlatRespond) -> TicketResponded:
    """Answer a ticket: the flat form, which opens it again if it is not open."""
    members = body.model_dump()
    return _respond(call, Respond.model_construct(**members, status=None, on_hold_until=None))


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


def _respond(call: Call, body: Respond) -> TicketResponded:
    """Post the response, if there is one. Posting reopens, unless it puts the ticket on hold."""
    ticket = stored.find(call.tx, body.ticket_number)
    if ticket is None:
        raise TicketNotFound(body.ticket_number)
    author = people.find_or_add(call.tx, body.from_email, now=call.now)
    if author["id"] != ticket["originator_id"]:
        stored.join(call.tx, ticket["id"], author["id"])
    response_id = None
    if body.content is not None:
        response_id = attachments.post_response(
            call,
            field="content",
            ticket_id=ticket["id"],
            author_id=author["id"],
            html=body.content,
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
