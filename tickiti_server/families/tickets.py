"""Opening, answering and showing tickets, in the classic and the v1 generation."""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tickiti_cli.contract import classic
from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import (
    InterventionNotFound,
    QueueNotFound,
    TemplateNotFound,
    TicketNotFound,
    ValidationFailed,
)
from tickiti_server.call import Call, day_of, rfc3339
from tickiti_server.failures import SHAPE
from tickiti_server.handlers import handles
from tickiti_server.rendering import plain_text
from tickiti_server.store import people, queues
from tickiti_server.store import tickets as stored
from tickiti_server.store.database import Row
from tickiti_server.values import Address, Body, Day, Flag, Line, Positive, Text

DEFAULT_QUEUE = "Inbox"
OPEN, ON_HOLD = "open", "on-hold"


class _CreateTicket(Body):
    """What every shape of create_ticket has."""

    originator_email_address: Address
    is_public: Flag = True
    use_passed_originator_as_responder: Flag = False


class _Content(Body):
    subject: Line
    content: Text
    queue_name: Line | None = None


class CreateWithContent(_CreateTicket):
    data: _Content
    queue_name: Line | None = None


class CreateFromTemplate(_CreateTicket):
    template_identifier: Line
    data: dict[str, Any]
    queue_name: Line | None = None


class CreateFromIntervention(_CreateTicket):
    intervention: Line
    uid: Line
    data: dict[str, Any]


def _refuse_shape(_: object) -> object:
    raise PydanticCustomError(
        "shape",
        "shape",
        {
            "rule": "must have exactly one shape: data.subject and data.content, "
            "or template_identifier and data, or intervention, uid and data"
        },
    )


class CreateWithoutShape(_CreateTicket):
    """Stands for a body that is none of the three; reports its other fields as well."""

    data: Annotated[Any, BeforeValidator(_refuse_shape), Field(validate_default=True)] = None


def _shape_of(body: Any) -> str:
    if not isinstance(body, dict):
        return "content"
    is_template, is_intervention = (
        bool(body.get(n)) for n in ("template_identifier", "intervention")
    )
    data = body.get("data")
    has_content = isinstance(data, dict) and ("subject" in data or "content" in data)
    if is_template and is_intervention:
        return "none"
    if is_template:
        return "template"
    if is_intervention:
        return "intervention"
    return "content" if has_content or (data is not None and not isinstance(data, dict)) else "none"


CreateTicket = Annotated[
    Annotated[CreateWithContent, Tag(SHAPE + "content")]
    | Annotated[CreateFromTemplate, Tag(SHAPE + "template")]
    | Annotated[CreateFromIntervention, Tag(SHAPE + "intervention")]
    | Annotated[CreateWithoutShape, Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + _shape_of(body)),
]


class FlatCreate(Body):
    originator_email_address: Address
    subject: Line
    content: Text
    queue_name: Line | None = None
    is_public: Flag = True


class TicketCreated(TypedDict):
    ticket_number: int
    ticket_id: int
    secure_id: str


class Respond(Body):
    ticket_number: Positive
    from_email: Address
    content: Text | None = None
    is_internal: Flag = False
    status: Literal["open", "on-hold"] | None = None
    on_hold_until: Day | None = None


class FlatRespond(Body):
    ticket_number: Annotated[Positive, Field(alias="number")]
    from_email: Address
    content: Text
    is_internal: Flag = False


class TicketResponded(TypedDict):
    ticket_id: int
    response_id: int | None
    reopened: bool


class Show(Body):
    ticket_number: Positive


class Ticket(TypedDict):
    id: str
    number: int
    subject: str
    status: str
    priority: str
    queue_id: str
    originator_email: str
    assigned_to_email: str | None
    resolved: bool
    on_hold_until: str | None
    created_at: str
    updated_at: str


class Response(TypedDict):
    id: str
    is_internal: bool
    is_pinned: bool
    staff_response: bool
    created_by_email: str
    created_at: str
    updated_at: str
    is_email_sourced: bool
    html: str
    plain_text: str
    attachments: list[dict[str, Any]]


class TicketShown(TypedDict):
    ticket: Ticket
    responses: list[Response]


@handles(classic.create_ticket)
def create_ticket(call: Call, body: CreateTicket) -> TicketCreated:
    if isinstance(body, CreateFromTemplate):
        raise TemplateNotFound(body.template_identifier)
    if isinstance(body, CreateFromIntervention):
        raise InterventionNotFound(body.intervention)
    assert isinstance(body, CreateWithContent)
    return _open(
        call,
        originator=body.originator_email_address,
        subject=body.data.subject,
        content=body.data.content,
        queue_name=_one_queue_name(body.queue_name, body.data.queue_name),
        is_public=body.is_public,
        is_by_originator=body.use_passed_originator_as_responder,
    )


@handles(classic.flat_create)
def flat_create(call: Call, body: FlatCreate) -> TicketCreated:
    return _open(
        call,
        originator=body.originator_email_address,
        subject=body.subject,
        content=body.content,
        queue_name=body.queue_name,
        is_public=body.is_public,
    )


@handles(classic.ticket_respond)
def ticket_respond(call: Call, body: Respond) -> TicketResponded:
    _check_hold(call, body)
    return _respond(call, body)


@handles(classic.flat_respond)
def flat_respond(call: Call, body: FlatRespond) -> TicketResponded:
    members = body.model_dump()
    return _respond(call, Respond.model_construct(**members, status=None, on_hold_until=None))


@handles(v1.show)
def show(call: Call, body: Show) -> TicketShown:
    ticket = stored.find(call.tx, body.ticket_number)
    if ticket is None:
        raise TicketNotFound(body.ticket_number)
    responses = stored.responses(call.tx, ticket["id"])
    return {"ticket": _ticket(ticket), "responses": [_response(row) for row in responses]}


def _open(
    call: Call,
    *,
    originator: str,
    subject: str,
    content: str,
    queue_name: str | None,
    is_public: bool,
    is_by_originator: bool = False,
) -> TicketCreated:
    queue = queues.find(call.tx, queue_name or DEFAULT_QUEUE)
    if queue is None:
        raise QueueNotFound(queue_name or DEFAULT_QUEUE)
    customer = people.find_or_add(call.tx, originator, now=call.now)
    secure_id = call.new_id()
    ticket_id, number = stored.insert(
        call.tx,
        secure_id=secure_id,
        subject=subject,
        queue_id=queue["id"],
        originator_id=customer["id"],
        now=call.now,
        idem_id=call.idem_id,
    )
    stored.insert_response(
        call.tx,
        ticket_id=ticket_id,
        author_id=customer["id"] if is_by_originator else call.caller.person_id,
        html=content,
        is_internal=not is_public,
        staff_response=not is_by_originator,
        now=call.now,
        idem_id=call.idem_id,
    )
    return {"ticket_number": number, "ticket_id": ticket_id, "secure_id": secure_id}


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
        response_id = stored.insert_response(
            call.tx,
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


def _ticket(row: Row) -> Ticket:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "priority": str(row["priority"]),
        "queue_id": str(row["queue_id"]),
        "originator_email": row["originator_email"],
        "assigned_to_email": row["assigned_to_email"],
        "resolved": row["status"] == "closed",
        "on_hold_until": row["on_hold_until"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
    }


def _response(row: Row) -> Response:
    return {
        "id": str(row["id"]),
        "is_internal": bool(row["is_internal"]),
        "is_pinned": bool(row["is_pinned"]),
        "staff_response": bool(row["staff_response"]),
        "created_by_email": row["created_by_email"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "is_email_sourced": False,
        "html": row["html"],
        "plain_text": plain_text(row["html"]),
        "attachments": [],
    }
