"""Creating tickets in the classic generation, and what v1 shares with it."""

from typing import NamedTuple

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import (
    InterventionNotFound,
    InterventionUidExists,
    QueueNotFound,
    TemplateDataMissing,
    TemplateNotFound,
    ValidationFailed,
)
from tickiti_server.api.call import Call
from tickiti_server.api.handler import NewTicket, handles
from tickiti_server.api.templates import templates
from tickiti_server.api.tickets.attachments import Content, is_short, read_content
from tickiti_server.api.tickets.bodies.create import (
    CreateFromIntervention,
    CreateFromTemplate,
    CreateTicket,
    CreateWithContent,
    FlatCreate,
    TicketCreated,
)
from tickiti_server.api.tickets.from_intervention import (
    RenderedRequest,
    open_request,
    render_request,
)
from tickiti_server.api.tickets.opening import DEFAULT_QUEUE, NORMAL, open_ticket
from tickiti_server.auth.caller import Caller
from tickiti_server.identifiers import random_id
from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.validation.fields import trimmed

OPEN, ON_HOLD = "open", "on-hold"
NOT_OPENED = (
    QueueNotFound,
    TemplateNotFound,
    TemplateDataMissing,
    InterventionNotFound,
    InterventionUidExists,
)


class FirstResponse(NamedTuple):
    """The subject and the first response of a new ticket."""

    subject: str
    content: Content


Prepared = FirstResponse | RenderedRequest


def _render(call: Call, body: CreateFromTemplate) -> FirstResponse:
    """Subject and first response from a template. Raises ValidationFailed where one would be
    empty."""
    rendered = templates.filled(call, body.template_identifier, body.data)
    empty = [name for name, text in rendered._asdict().items() if not trimmed(text)]
    if empty:
        name, parts = body.template_identifier, " and the ".join(empty)
        sentence = f"The {parts} of template '{name}' would be empty."
        raise ValidationFailed.of("template_identifier", sentence)
    content = read_content(rendered.content, field="template_identifier")
    return FirstResponse(rendered.subject, content)


def prepare(
    call: Call, body: CreateWithContent | CreateFromTemplate | CreateFromIntervention
) -> Prepared:
    """The first texts of the ticket. Raises what their templates and images break."""
    if isinstance(body, CreateFromIntervention):
        return render_request(call, body)
    if isinstance(body, CreateFromTemplate):
        return _render(call, body)
    return FirstResponse(body.data.subject, read_content(body.data.content, field="data.content"))


def is_quick(body: CreateTicket) -> bool:
    """Whether the preparation takes well below a millisecond."""
    return isinstance(body, CreateWithContent) and is_short(body.data.content)


def as_opening(caller: Caller, body: CreateTicket, first: Prepared) -> NewTicket | None:
    """The ticket of a body with content, unless it has images."""
    if not isinstance(body, CreateWithContent) or not isinstance(first, FirstResponse):
        return None
    if first.content.images:
        return None
    queue_name = _one_queue_name(body.queue_name, body.data.queue_name) or DEFAULT_QUEUE
    is_by_originator = body.use_passed_originator_as_responder
    return NewTicket(
        queue_key=case_key(queue_name),
        email_key=address_key(body.originator_email_address),
        author_id=None if is_by_originator else caller.person_id,
        secure_id=random_id(),
        subject=first.subject,
        priority=NORMAL,
        html=first.content.html,
        text=first.content.text,
        is_internal=not body.is_public,
        staff_response=not is_by_originator,
    )


@handles(
    classic.create_ticket,
    prepare=prepare,
    is_quick=is_quick,
    refuses=NOT_OPENED,
    as_opening=as_opening,
)
def create_ticket(call: Call, body: CreateTicket, first: Prepared) -> TicketCreated:
    """Create a ticket from a subject and content.

    A template with its data, or an intervention with its uid and data, may be given instead.
    """
    if isinstance(body, CreateFromIntervention):
        assert isinstance(first, RenderedRequest)
        return open_request(call, body, first)
    assert isinstance(first, FirstResponse)
    if isinstance(body, CreateFromTemplate):
        templates.usable(call, body.template_identifier)
        queue_name = body.queue_name
    else:
        assert isinstance(body, CreateWithContent)
        queue_name = _one_queue_name(body.queue_name, body.data.queue_name)
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=first.subject,
        content=first.content,
        queue_name=queue_name,
        is_public=body.is_public,
        is_by_originator=body.use_passed_originator_as_responder,
    ).created


def _read_content(_call: Call, body: FlatCreate) -> Content:
    return read_content(body.content, field="content")


def _is_short(body: FlatCreate) -> bool:
    return is_short(body.content)


@handles(classic.flat_create, prepare=_read_content, is_quick=_is_short, refuses=(QueueNotFound,))
def flat_create(call: Call, body: FlatCreate, content: Content) -> TicketCreated:
    """Create a ticket, flat form: without a template and without a required key."""
    return open_ticket(
        call,
        originator=body.originator_email_address,
        subject=body.subject,
        content=content,
        queue_name=body.queue_name,
        is_public=body.is_public,
    ).created


def _one_queue_name(outer: str | None, inner: str | None) -> str | None:
    """The queue's name, which two members may hold. Raises ValidationFailed where they differ."""
    if outer is not None and inner is not None and outer != inner:
        sentence = "The queue_name field differs from data.queue_name; send one of them."
        raise ValidationFailed.of("queue_name", sentence)
    return outer or inner
