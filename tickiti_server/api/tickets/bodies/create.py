"""The shapes of creating and answering tickets: bodies and replies."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from tickiti_server.validation.error_body import SHAPE
from tickiti_server.validation.fields import (
    Address,
    Body,
    Flag,
    Line,
    Positive,
    Text,
    is_absent,
    wrong,
)
from tickiti_server.validation.json_schema import without

Originator = Annotated[
    Address,
    Field(
        description="Requester's e-mail address; unknown customers are created.",
        examples=["marcus@trailblazers-club.example"],
    ),
]
Subject = Annotated[
    Line,
    Field(
        description="One line.",
        examples=["Carbon plate cracked on first marathon"],
    ),
]
Content = Annotated[
    Text,
    Field(
        description="Body as HTML.",
        examples=["The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."],
    ),
]
Queue = Annotated[
    Line | None, Field(description="Queue name; Inbox if omitted.", examples=["Sales"])
]
IsPublic = Annotated[Flag, Field(description="False: the first response is an internal note.")]
Uid = Annotated[
    Line,
    Field(
        description="The record's id in your system, unique per intervention.",
        examples=["SP-2412-0489"],
    ),
]
Number = Annotated[Positive, Field(description="The ticket's number.", examples=[220009])]
Writer = Annotated[
    Address,
    Field(
        description="Author of the response; becomes a participant.",
        examples=["anna@sole-trader.example"],
    ),
]
IsInternal = Annotated[Flag, Field(description="True: internal note.")]


class _CreateTicket(Body):
    """The members that every shape of create_ticket has."""

    originator_email_address: Originator
    is_public: IsPublic = True
    use_passed_originator_as_responder: Annotated[
        Flag, Field(description="True: show the requester as author of the first response.")
    ] = False


class TicketContent(Body):
    """The text and the queue of a new ticket."""

    subject: Subject
    content: Content
    queue_name: Queue = None


class CreateWithContent(_CreateTicket):
    """A ticket from a subject and content."""

    model_config = ConfigDict(json_schema_extra=without("template_identifier", "intervention"))

    data: TicketContent
    queue_name: Annotated[
        Line | None, Field(description="The same as data.queue_name; send one of them.")
    ] = None


class CreateFromTemplate(_CreateTicket):
    """A ticket from a template and the values of its placeholders."""

    model_config = ConfigDict(json_schema_extra=without("intervention"))

    template_identifier: Annotated[
        Line, Field(description="The template's identifier.", examples=["warranty.received"])
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The values of the placeholders.",
            examples=[{"name": "Marcus", "order": {"id": "SP-2412-0489"}}],
        ),
    ]
    queue_name: Annotated[Queue, Field(examples=None)] = None


def _refuse_queue(_: object) -> None:
    raise wrong("does not go with intervention, which has a queue of its own")


class DataBag(Body):
    """The data that a person decides on."""

    data: Annotated[
        dict[str, Any], Field(description="The values of the placeholders and of the form.")
    ] = Field(default_factory=dict)


class CreateFromIntervention(_CreateTicket):
    """A ticket for an intervention, whose queue it comes to."""

    model_config = ConfigDict(json_schema_extra=without("template_identifier", "queue_name"))

    queue_name: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_queue)]] = None
    intervention: Annotated[
        Line, Field(description="The intervention's name.", examples=["discount_request"])
    ]
    uid: Uid
    data: Annotated[
        DataBag,
        Field(
            description="The data object; its field data contains the values.",
            examples=[{"data": {"customer": "Marcus", "price": 150}}],
        ),
    ]

    @property
    def bag(self) -> dict[str, Any]:
        return self.data.data


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
    """A body of none of the three shapes. Validation fails, and reports its other bad fields as
    well."""

    data: Annotated[Any, BeforeValidator(_refuse_shape), Field(validate_default=True)] = None


def shape_of(body: Any) -> str:
    """The shape of a body of create_ticket: content, template, intervention or none."""
    if not isinstance(body, dict):
        return "content"
    is_template, is_intervention = (
        not is_absent(body.get(name)) for name in ("template_identifier", "intervention")
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
    | Annotated[SkipJsonSchema[CreateWithoutShape], Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + shape_of(body)),
]


class FlatCreate(Body):
    originator_email_address: Originator
    subject: Subject
    content: Content
    queue_name: Queue = None
    is_public: IsPublic = True


class TicketCreated(TypedDict):
    ticket_number: Annotated[
        int,
        Field(description="Ticket number; rising, may have gaps.", examples=[220009]),
    ]
    ticket_id: Annotated[int, Field(description="The ticket's id.", examples=[1])]
    secure_id: Annotated[
        str,
        Field(
            description="32 random characters, for links.",
            examples=["Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]
