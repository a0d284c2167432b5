"""The decision of staff about a ticket that an intervention opened.

Rule: one ticket has one decision, and one decision has one callback.
"""

from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.errors import (
    Conflict,
    InterventionNotFound,
    RoleRequired,
    TemplateDataMissing,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import open_routes
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.templates import templates
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.attachments import Content, is_short, read_content
from tickiti_server.api.tickets.rules import attributes, changes
from tickiti_server.api.tickets.rules.attributes import Attributes
from tickiti_server.api.tickets.rules.changes import owner
from tickiti_server.api.tickets.rules.reference import TicketRef, find_by_number, find_ticket
from tickiti_server.api.workflow import form, interventions, sending
from tickiti_server.api.workflow.bodies.decisions import Accept, Decide, Decided
from tickiti_server.clock import rfc3339
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Row
from tickiti_server.store.operations.audit import Change
from tickiti_server.store.outgoing import interventions as stored
from tickiti_server.store.outgoing import reviews
from tickiti_server.validation import strict_json
from tickiti_server.validation.fields import trimmed


def _read_answer(_call: Call, body: Decide) -> Content | None:
    return None if body.content is None else read_content(body.content, field="content")


def _read_acceptance(_call: Call, body: Accept) -> Content | None:
    return None if body.content is None else read_content(body.content, field="content")


@handles(
    contract.decide,
    prepare=_read_answer,
    is_quick=lambda body: is_short(body.content),
    refuses=(TicketNotFound, Conflict, TemplateDataMissing),
)
def decide(call: Call, body: Decide, answer: Content | None) -> Decided:
    """Decide on the ticket of an intervention, optionally with edited values.

    The decision is sent to the intervention's epilog URL and is final: the same decision again gets
    the same reply, a different one is refused.
    """
    ticket = find_by_number(call, body.ticket_number)
    return _decide(call, ticket, body.data, answer)


@handles(
    open_routes.interventions_accept,
    prepare=_read_acceptance,
    is_quick=lambda body: is_short(body.content),
    refuses=(TicketNotFound, Conflict, InterventionNotFound, TemplateDataMissing, RoleRequired),
)
def accept(call: Call, body: Accept, answer: Content | None) -> Decided:
    """Accept the request of an intervention's ticket, as it is or with edited values.

    The decision is sent to the intervention's epilog URL and is final: the same decision again gets
    the same reply, a different one is refused. The token's owner must be staff.
    """
    if call.caller.role < Role.STAFF and not call.caller.is_exempt:
        raise RoleRequired(Role.STAFF.name.lower())
    return _decide(call, _meant_ticket(call, body), body.data, answer)


def _meant_ticket(call: Call, body: Accept) -> Row:
    """The ticket that a request names in one of three ways. Raises TicketNotFound,
    InterventionNotFound."""
    if body.intervention is None or body.uid is None:
        ref = TicketRef(ticket_number=body.ticket_number, ticket_id=body.ticket_id)
        return find_ticket(call, ref)
    intervention = stored.find_intervention_by_name(call.tx, body.intervention)
    if intervention is None:
        raise InterventionNotFound(body.intervention, field="intervention")
    number = reviews.find_ticket_number(call.tx, intervention["id"], body.uid)
    ticket = None if number is None else tickets.find_ticket(call.tx, number)
    if ticket is None or not rights.sees(call, ticket):  # the number of an unseen one stays unknown
        raise TicketNotFound.received(
            f"The intervention '{body.intervention}' has no ticket of the uid '{body.uid}'."
        )
    return find_by_number(call, ticket["number"])


def _decide(call: Call, ticket: Row, edited: form.Values, answer: Content | None) -> Decided:
    review = reviews.find_review(call.tx, ticket["id"])
    if review is None:
        raise ValidationFailed.of(
            "ticket_number", f"Ticket {ticket['number']} does not belong to an intervention."
        )
    intervention = stored.find_intervention(call.tx, review["intervention_id"] or 0)
    if review["decided_at"] is not None:
        return _decided_before(review, intervention, edited, answer)
    if intervention is None:
        raise Conflict(f"The intervention of ticket {ticket['number']} was deleted.")
    if intervention["remote_enabled"]:
        sending.refuse_unsigned(call, intervention)
    data = _decision(intervention, review, edited)
    final = f"{intervention['name']}.final"
    is_told_later = intervention["remote_enabled"] and templates.is_usable(call, final)
    final_html = templates.filled(call, final, data).content if is_told_later else ""
    answer_id = _answer(call, ticket["id"], answer)
    record = [Change("decided", None, data), *_reopened(call, ticket, is_answered=bool(answer))]
    changes.record(call, ticket["id"], record, author=owner(call), response_id=answer_id)
    shown = _shown(review, data, answer_id=answer_id)
    if intervention["remote_enabled"]:
        shown["callback_id"] = _call_back(call, intervention, shown)
    reviews.store_decision(
        call.tx,
        ticket["id"],
        now=call.now,
        person_id=call.caller.person_id,
        decision=strict_json.canonical(data).decode(),
        answer_id=answer_id,
        callback_id=shown["callback_id"],
        final_html=final_html if trimmed(final_html) else None,
    )
    return shown


def _decided_before(
    review: Row, intervention: Row | None, edited: form.Values, answer: Content | None
) -> Decided:
    """The reply to the first decision, if this decision is equal. Raises Conflict."""
    before = strict_json.decode(review["decision"].encode()).value
    try:
        now = _decision(intervention, review, edited)
    except ValidationFailed:  # the form may be another one by now
        now = {}
    is_same = strict_json.canonical(now) == strict_json.canonical(before)
    if not is_same or (answer and answer.html) != review["answer_html"]:
        raise Conflict(
            f"Ticket {review['ticket_number']} was decided at {rfc3339(review['decided_at'])} by "
            f"{review['decided_by_email']}; a decision is final."
        )
    shown = _shown(review, before, answer_id=review["answer_id"])
    return {**shown, "callback_id": review["callback_id"]}


def _decision(intervention: Row | None, review: Row, edited: form.Values) -> form.Values:
    """The data of the request, with the edited fields replaced. Raises ValidationFailed."""
    asked = strict_json.decode(review["data"].encode()).value
    fields = interventions.fields_of(intervention) if intervention is not None else []
    return form.filled(fields, asked, edited)


def _answer(call: Call, ticket_id: int, content: Content | None) -> int | None:
    """Post the answer to the customer, if there is one. Returns the id of the response."""
    if content is None:
        return None
    return attachments.post_response(
        call.tx,
        content,
        ticket_id=ticket_id,
        author_id=call.caller.person_id,
        is_internal=False,
        staff_response=True,
        now=call.now,
        operation_id=call.operation_id,
    )


def _reopened(call: Call, ticket: Row, *, is_answered: bool) -> list[Change]:
    """Open the ticket as any public response does. Without an answer it stays as it is."""
    if not is_answered:
        return []
    return attributes.apply(call, ticket, Attributes(), reopens=True, posts=True)


def _shown(review: Row, data: form.Values, *, answer_id: int | None) -> Decided:
    return {
        "ticket_id": review["ticket_id"],
        "ticket_number": review["ticket_number"],
        "intervention": review["intervention"],
        "uid": review["uid"],
        "response_id": answer_id or review["response_id"],
        "data": data,
        "callback_id": None,
    }


def _call_back(call: Call, intervention: Row, shown: Decided) -> str:
    """Store the callback in the outbox with its final bytes. Returns its id."""
    url, callback_id = intervention["remote_epilog_url"], f"msg_{call.new_id()}"
    told = {name: value for name, value in shown.items() if name != "callback_id"}
    dedupe = f"epilog:{shown['ticket_id']}"
    sending.enqueue(call, told, url=url, callback_id=callback_id, dedupe=dedupe)
    return callback_id
