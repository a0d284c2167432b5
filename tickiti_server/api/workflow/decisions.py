"""A ticket that asks staff for a decision, from its opening to the decision.

The rule of this file: one uid, one ticket; one ticket, one decision; one decision, one callback.
"""

from typing import NamedTuple

from tickiti_cli.contract import callbacks as contract
from tickiti_cli.contract.errors import (
    Conflict,
    InterventionNotFound,
    InterventionUidExists,
    TemplateDataMissing,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_server import strict_json
from tickiti_server.call import Call, rfc3339
from tickiti_server.destinations import Destination
from tickiti_server.families import attachments, form, interventions, templates
from tickiti_server.families.attachments import Content, is_short, read_content
from tickiti_server.families.callback_bodies import Decide, Decided
from tickiti_server.families.opening import NORMAL, URGENT, open_ticket
from tickiti_server.families.ticket_bodies import CreateFromIntervention, TicketCreated
from tickiti_server.handlers import handles
from tickiti_server.store import interventions as stored
from tickiti_server.store import outbox, reviews, tickets
from tickiti_server.store import templates as stored_templates
from tickiti_server.store.database import Row
from tickiti_server.values import trimmed

OPEN = "open"
BAG = "data.data"
"""Where a request of create_ticket has the values."""

RESEND = "resend-once"
"""A callback may come twice: it has the same id each time."""


class Request(NamedTuple):
    """What an intervention's ticket begins with: for staff, and for the customer if there is a
    template for that."""

    subject: str
    private: Content
    public: Content | None


def write_request(call: Call, body: CreateFromIntervention) -> Request:
    """Both texts with the data of the request. Takes its time: for a preparation.

    Raises InterventionNotFound, TemplateNotFound, TemplateDataMissing, ValidationFailed.
    """
    row = _named(call, body.intervention)
    name, data = row["name"], body.bag
    private, public = f"{name}.private", f"{name}.public"
    rendered = templates.filled(call, private, data, field="intervention", bag=BAG)
    if not trimmed(rendered.content):
        raise _invalid("intervention", f"The content of template '{private}' would be empty.")
    content = read_content(rendered.content, field="intervention")
    if not _is_there(call, public):
        return Request(rendered.subject, content, None)
    told = templates.filled(call, public, data, field="intervention", bag=BAG).content
    is_told = bool(trimmed(told))
    return Request(
        rendered.subject, content, read_content(told, field="intervention") if is_told else None
    )


def open_request(call: Call, body: CreateFromIntervention, request: Request) -> TicketCreated:
    """The ticket in the intervention's queue, with its private and its public response.

    Raises InterventionNotFound, TemplateNotFound, InterventionUidExists.
    """
    row = _named(call, body.intervention)
    templates.usable(call, f"{row['name']}.private", field="intervention")
    taken = reviews.number_of(call.tx, row["id"], body.uid)
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
    ticket_id = opened.created["ticket_id"]
    if request.public is not None:
        is_by_originator = body.use_passed_originator_as_responder
        attachments.post_response(
            call,
            request.public,
            ticket_id=ticket_id,
            author_id=opened.customer_id if is_by_originator else call.caller.person_id,
            is_internal=not body.is_public,
            staff_response=not is_by_originator,
            now=call.now,
            idem_id=None,  # the private one has it
        )
    reviews.insert(
        call.tx,
        ticket_id=ticket_id,
        intervention_id=row["id"],
        intervention=row["name"],
        uid=body.uid,
        response_id=opened.response_id,
        data=strict_json.canonical(body.bag).decode(),
    )
    return opened.created


def _read_answer(_call: Call, body: Decide) -> Content | None:
    return None if body.content is None else read_content(body.content, field="content")


@handles(
    contract.decide,
    prepare=_read_answer,
    is_quick=lambda body: is_short(body.content),
    refuses=(TicketNotFound, Conflict, TemplateDataMissing),
)
def decide(call: Call, body: Decide, answer: Content | None) -> Decided:
    """Decide on a ticket that an intervention opened, with edited values if need be.

    The decision is told to the intervention's epilog URL. It is final: the same one again gets the
    same reply, a different one is refused.
    """
    ticket = tickets.find(call.tx, body.ticket_number)
    if ticket is None:
        raise TicketNotFound(body.ticket_number)
    review = reviews.of_ticket(call.tx, ticket["id"])
    if review is None:
        raise _invalid("ticket_number", f"Ticket {body.ticket_number} is no intervention's.")
    intervention = stored.find(call.tx, review["intervention_id"] or 0)
    if review["decided_at"] is not None:
        return _decided_before(review, intervention, body, answer)
    if intervention is None:
        raise Conflict(f"The intervention of ticket {body.ticket_number} was deleted.")
    _refuse_unsigned(call, intervention)
    data = _decision(intervention, review, body.data)
    final = f"{intervention['name']}.final"
    is_told_later = intervention["remote_enabled"] and _is_there(call, final)
    final_html = templates.filled(call, final, data).content if is_told_later else ""
    answer_id = _answer(call, ticket["id"], answer)
    shown = _shown(review, data, answer_id=answer_id)
    if intervention["remote_enabled"]:
        shown["callback_id"] = _call_back(call, intervention, shown)
    reviews.decide(
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


def _named(call: Call, name: str) -> Row:
    row = stored.named(call.tx, name)
    if row is None:
        raise InterventionNotFound(name)
    return row


def _is_there(call: Call, identifier: str) -> bool:
    """Whether there is such a template; one that is disabled counts as none."""
    row = stored_templates.find_named(call.tx, identifier)
    return row is not None and bool(row["enabled"])


def _decided_before(
    review: Row, intervention: Row | None, body: Decide, answer: Content | None
) -> Decided:
    """The reply that the first one got, if this one says the same. Raises Conflict."""
    before = strict_json.decode(review["decision"].encode())
    try:
        now = _decision(intervention, review, body.data)
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


def _refuse_unsigned(call: Call, intervention: Row) -> None:
    """Nobody could tell such a callback from anybody else's."""
    if not intervention["remote_enabled"]:
        return
    if not stored.secrets(call.tx, intervention["id"], now=call.now):
        raise Conflict(
            f"Intervention '{intervention['name']}' has no token that signs its callbacks; "
            f"make one first: tickiti intervention token {intervention['name']}"
        )


def _decision(intervention: Row | None, review: Row, edited: form.Values) -> form.Values:
    """The data of the request with the edited fields in it. Raises ValidationFailed."""
    asked = strict_json.decode(review["data"].encode())
    fields = interventions.fields_of(intervention) if intervention is not None else []
    return form.filled(fields, asked, edited)


def _answer(call: Call, ticket_id: int, content: Content | None) -> int | None:
    """Post what is said to the customer, if anything is."""
    if content is None:
        return None
    response_id = attachments.post_response(
        call,
        content,
        ticket_id=ticket_id,
        author_id=call.caller.person_id,
        is_internal=False,
        staff_response=True,
        now=call.now,
        idem_id=call.idem_id,
    )
    tickets.set_status(call.tx, ticket_id, status=OPEN, on_hold_until=None, now=call.now)
    return response_id


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
    """Put the callback into the outbox, its bytes frozen; its id."""
    url, callback_id = intervention["remote_epilog_url"], f"msg_{call.new_id()}"
    told = {name: value for name, value in shown.items() if name != "callback_id"}
    outbox.insert(
        call.tx,
        id=callback_id,
        kind="callback",
        dedupe=f"epilog:{shown['ticket_id']}",
        lane=Destination.of(url).lane,
        target=url,
        payload=strict_json.canonical(told),
        policy=RESEND,
        mailbox_id=None,
        mailbox=None,
        subject=None,
        message_id=None,
        state="queued",
        now=call.now,
        done_at=None,
    )
    return callback_id


def _invalid(field: str, sentence: str) -> ValidationFailed:
    return ValidationFailed(sentence, errors={field: [sentence]})
