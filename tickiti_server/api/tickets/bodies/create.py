"""What the ticket endpoints take and give: the shapes of their bodies and replies."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from tickiti_server.failures import SHAPE
from tickiti_server.schemas import without
from tickiti_server.values import Address, Body, Day, Flag, Line, Positive, Text, is_absent, wrong

Originator = Annotated[
    Address,
    Field(
        description="The customer's e-mail address; an unknown customer is created.",
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
        description="What is said, as HTML.",
        examples=["The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."],
    ),
]
Queue = Annotated[
    Line | None, Field(description="The queue's name; Inbox if left out.", examples=["Sales"])
]
IsPublic = Annotated[Flag, Field(description="False: the first response is for staff only.")]
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
        description="Who answers; becomes a participant of the ticket.",
        examples=["anna@sole-trader.example"],
    ),
]
IsInternal = Annotated[Flag, Field(description="True: for staff only.")]


class _CreateTicket(Body):
    """What every shape of create_ticket has."""

    originator_email_address: Originator
    is_public: IsPublic = True
    use_passed_originator_as_responder: Annotated[
        Flag, Field(description="True: the originator is shown as the first response's author.")
    ] = False


class TicketContent(Body):
    """What a ticket begins with."""

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
    """What a person decides on."""

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
            description="The data bag: its member data has the values.",
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
    """Stands for a body that is none of the three; reports its other fields as well."""

    data: Annotated[Any, BeforeValidator(_refuse_shape), Field(validate_default=True)] = None


def _shape_of(body: Any) -> str:
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
    Discriminator(lambda body: SHAPE + _shape_of(body)),
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
        Field(description="What people call the ticket; rises, may have gaps.", examples=[220009]),
    ]
    ticket_id: Annotated[int, Field(description="The ticket's id.", examples=[1])]
    secure_id: Annotated[
        str,
        Field(
            description="32 characters that nobody guesses: for links.",
            examples=["Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]


class Respond(Body):
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["content"]}, {"required": ["status"]}]}
    )

    ticket_number: Number
    from_email: Writer
    content: Annotated[
        Text | None,
        Field(
            description="What is said, as HTML; may be left out where status is given.",
            examples=["A new pair is on its way."],
        ),
    ] = None
    is_internal: IsInternal = False
    status: Annotated[
        Literal["open", "on-hold"] | None,
        Field(description="The ticket's status from now on; open if left out."),
    ] = None
    on_hold_until: Annotated[
        Day | None,
        Field(
            description="The day on which a ticket on hold opens again, as YYYY-MM-DD; "
            "required with status on-hold."
        ),
    ] = None


class FlatRespond(Body):
    ticket_number: Annotated[Number, Field(alias="number")]
    from_email: Writer
    content: Annotated[Content, Field(examples=["A new pair is on its way."])]
    is_internal: IsInternal = False


class TicketResponded(TypedDict):
    ticket_id: Annotated[int, Field(description="The ticket's id.", examples=[1])]
    response_id: Annotated[
        int | None, Field(description="The new response's id; null without one.", examples=[2])
    ]
    reopened: Annotated[
        bool, Field(description="Whether this opened a ticket that was not open.", examples=[False])
    ]
