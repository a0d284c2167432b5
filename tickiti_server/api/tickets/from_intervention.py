"""A ticket that an intervention opens: staff must decide about it.

Rule: one uid of an intervention opens one ticket.
"""

from typing import NamedTuple

from tickiti_cli.contract.errors import (
    InterventionNotFound,
    InterventionUidExists,
    ValidationFailed,
)
from tickiti_server.api.call import Call
from tickiti_server.api.templates import templates
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.attachments import Content, read_content
from tickiti_server.api.tickets.bodies.create import CreateFromIntervention, TicketCreated
from tickiti_server.api.tickets.opening import NORMAL, URGENT, Opened, open_ticket
from tickiti_server.rendering.templates import Rendered
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import interventions, reviews
from tickiti_server.validation import strict_json
from tickiti_server.validation.fields import trimmed

DATA_FIELD = "data.data"
"""The member of create_ticket that holds the values of the placeholders."""


class RenderedRequest(NamedTuple):
    """The first texts of the ticket. `public` is None where the customer gets no text."""

    subject: str
    private: Content
    public: Content | None


def render_request(call: Call, body: CreateFromIntervention) -> RenderedRequest:
    """Renders both texts with the data of the request. Slow, so a preparation calls it.

    Raises InterventionNotFound, TemplateNotFound, TemplateDataMissing, ValidationFailed.
    """
    name = _intervention(call, body.intervention)["name"]
    private, public = f"{name}.private", f"{name}.public"
    rendered = _rendered(call, private, body)
    if not trimmed(rendered.content):
        sentence = f"The content of template '{private}' would be empty."
        raise ValidationFailed.of("intervention", sentence)
    content = read_content(rendered.content, field="intervention")
    told = _rendered(call, public, body).content if templates.is_usable(call, public) else ""
    if not trimmed(told):
        return RenderedRequest(rendered.subject, content, None)
    return RenderedRequest(rendered.subject, content, read_content(told, field="intervention"))


def _rendered(call: Call, template: str, body: CreateFromIntervention) -> Rendered:
    return templates.filled(call, template, body.bag, field="intervention", bag=DATA_FIELD)


def open_request(
    call: Call, body: CreateFromIntervention, request: RenderedRequest
) -> TicketCreated:
    """Open the ticket in the intervention's queue, with its private and its public response.

    Raises InterventionNotFound, TemplateNotFound, InterventionUidExists.
    """
    row = _intervention(call, body.intervention)
    templates.usable(call, f"{row['name']}.private", field="intervention")
    taken = reviews.find_ticket_number(call.tx, row["id"], body.uid)
    if taken is not None:
        raise InterventionUidExists(body.uid, taken)
    opened = open_ticket(
        call,
        originator=body.originator_email_address,
        subject=trimmed(request.subject) or row["title"],
        content=request.private,
        queue_name=row["queue_name"],
        is_public=False,
        priority=URGENT if row["create_urgent"] else NORMAL,
    )
    if request.public is not None:
        _post_public(call, body, opened, request.public)
    reviews.insert_review(
        call.tx,
        ticket_id=opened.created["ticket_id"],
        intervention_id=row["id"],
        intervention=row["name"],
        uid=body.uid,
        response_id=opened.response_id,
        data=strict_json.canonical(body.bag).decode(),
    )
    return opened.created


def _post_public(
    call: Call, body: CreateFromIntervention, opened: Opened, content: Content
) -> None:
    """Post the text for the customer as the second response."""
    is_by_originator = body.use_passed_originator_as_responder
    attachments.post_response(
        call.tx,
        content,
        ticket_id=opened.created["ticket_id"],
        author_id=opened.customer_id if is_by_originator else call.caller.person_id,
        is_internal=not body.is_public,
        staff_response=not is_by_originator,
        now=call.now,
        operation_id=None,  # the private response has the key: one row may refer to it
    )


def _intervention(call: Call, name: str) -> Row:
    row = interventions.find_intervention_by_name(call.tx, name)
    if row is None:
        raise InterventionNotFound(name)
    return row
