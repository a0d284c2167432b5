"""What the ticket endpoints take and give: the shapes of their bodies and replies."""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tickiti_server.failures import SHAPE
from tickiti_server.values import Address, Body, Day, Flag, Line, Positive, Text


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
