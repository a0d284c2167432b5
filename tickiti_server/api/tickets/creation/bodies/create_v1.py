"""The shapes of creating a ticket under v1: those of create_ticket, and more members.

Rule: create_ticket of the classic generation keeps its members, so these are models of their own.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema

from tickiti_cli.contract.vocabulary import PRIORITIES, Priority
from tickiti_server.api.tickets.bodies.create import (
    CreateFromIntervention,
    CreateFromTemplate,
    CreateWithContent,
    CreateWithoutShape,
    DataBag,
    TicketContent,
    TicketCreated,
    shape_of,
)
from tickiti_server.api.tickets.rules.file_refs import FileRefs
from tickiti_server.validation.error_body import SHAPE
from tickiti_server.validation.fields import Address, Body, Day, Flag, Line, trimmed, wrong
from tickiti_server.validation.json_schema import Written

MOST_PARTICIPANTS = 100


def _priority(value: object) -> int:
    """A number of a priority; it may come as a digit string."""
    text = trimmed(value) if isinstance(value, str) else value
    for number in PRIORITIES.values():
        if not isinstance(text, (bool, float)) and text in (number, str(number)):
            return number
    raise wrong("must be 10, 20, 30 or 40")


class TicketAttributes(Body):
    """The attributes of a new ticket besides its text."""

    assigned_to_email: Annotated[
        Line | None, Field(description="Assignee: staff e-mail address or team:ID.")
    ] = None
    priority: Annotated[
        Annotated[
            Priority,
            BeforeValidator(_priority),
            Written(
                type=["integer", "string"],
                enum=[*PRIORITIES.values(), *map(str, PRIORITIES.values())],
            ),
        ]
        | None,
        Field(description="10 low, 20 normal, 30 high, 40 urgent."),
    ] = None
    status: Annotated[
        Literal["open", "on-hold", "closed"] | None,
        Field(description="Status; open if omitted."),
    ] = None
    on_hold_until: Annotated[
        Day | None,
        Field(
            description="Day on which the ticket reopens, YYYY-MM-DD; without status it puts the"
            " ticket on hold."
        ),
    ] = None


class _Members(Body):
    """The members that v1 adds to each shape. It names those that it does not know."""

    model_config = ConfigDict(extra="allow")

    participants: Annotated[
        list[Address],
        Field(
            max_length=MOST_PARTICIPANTS,
            description="Participants beside the requester; unknown customers are created.",
        ),
    ] = Field(default_factory=list)
    strict_tags: Annotated[
        Flag,
        Field(
            description="True: an unknown @name or #hashtag is an error. "
            "Otherwise tag_warnings names them."
        ),
    ] = False
    attachments: FileRefs = Field(default_factory=list)


class TicketContentV1(TicketAttributes, TicketContent):
    """The text and the queue of a new ticket."""

    model_config = ConfigDict(extra="allow")


class DataBagV1(TicketAttributes, DataBag):
    """The data that a person decides on."""

    model_config = ConfigDict(extra="allow")


class CreateWithContentV1(_Members, CreateWithContent):
    """A ticket from a subject and content."""

    model_config = ConfigDict(extra="allow")

    data: TicketContentV1


class CreateFromTemplateV1(_Members, CreateFromTemplate):
    """A ticket from a template and the values of its placeholders.

    An attribute of a ticket in data counts where the template has no placeholder of its name.
    """

    model_config = ConfigDict(extra="allow")


class CreateFromInterventionV1(_Members, CreateFromIntervention):
    """A ticket for an intervention, whose queue it comes to."""

    model_config = ConfigDict(extra="allow")

    data: Annotated[
        DataBagV1,
        Field(
            description="The data object; its field data contains the values.",
            examples=[{"data": {"customer": "Marcus", "price": 150}}],
        ),
    ]


CreateTicketV1 = Annotated[
    Annotated[CreateWithContentV1, Tag(SHAPE + "content")]
    | Annotated[CreateFromTemplateV1, Tag(SHAPE + "template")]
    | Annotated[CreateFromInterventionV1, Tag(SHAPE + "intervention")]
    | Annotated[SkipJsonSchema[CreateWithoutShape], Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + shape_of(body)),
]


class _Queued(TicketCreated):
    queue: Annotated[str, Field(description="Queue name.", examples=["Sales"])]


class TicketCreatedV1(_Queued, total=False):
    tag_warnings: Annotated[
        list[str],
        Field(description="Unknown @names and #hashtags."),
    ]
    ignored_params: Annotated[list[str], Field(description="Unknown fields of the request.")]
