"""The requests and replies of answering a ticket, closing it and changing its participants."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import PRIORITIES, PRIORITY_WORDS, Priority
from tickiti_server.api.tickets.bodies.create import Content, IsInternal, Number, Writer
from tickiti_server.api.tickets.rules.file_refs import FileRefs
from tickiti_server.api.tickets.rules.reference import TicketRef
from tickiti_server.validation.fields import Address, Body, Day, Flag, Line, Text, wrong
from tickiti_server.validation.json_schema import Written

MOST_PARTICIPANTS = 100
"""The most addresses of one request: the limit of every list without a limit of its own."""


class Respond(Body):
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["content"]}, {"required": ["status"]}]}
    )

    ticket_number: Number
    from_email: Writer
    content: Annotated[
        Text | None,
        Field(
            description="Body as HTML; may be omitted if status is given.",
            examples=["A new pair is on its way."],
        ),
    ] = None
    is_internal: IsInternal = False
    status: Annotated[
        Literal["open", "on-hold"] | None,
        Field(description="New status; open if omitted."),
    ] = None
    on_hold_until: Annotated[
        Day | None,
        Field(
            description="Day on which a ticket on hold reopens, YYYY-MM-DD; required with status"
            " on-hold."
        ),
    ] = None


class FlatRespond(Body):
    ticket_number: Annotated[Number, Field(alias="number")]
    from_email: Writer
    content: Annotated[Content, Field(examples=["A new pair is on its way."])]
    is_internal: IsInternal = False


def _refuse_body(_: object) -> None:
    raise wrong("is not taken; send the text as content")


NoBody = SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_body)]]
"""A member that older clients sent the text in. It is refused, so that no text gets lost."""


def _priority(value: object) -> int:
    """A word or a number."""
    text = str(value).strip().lower()
    if text in PRIORITY_WORDS:
        return int(text)
    if text in PRIORITIES:
        return PRIORITIES[text]
    raise wrong("must be a priority: low, normal, high, urgent or 10, 20, 30, 40")


AnyPriority = Annotated[
    Priority,
    BeforeValidator(_priority),
    Written(type=["integer", "string"], enum=[*PRIORITIES.values(), *PRIORITIES]),
    Field(description="New priority, as a word or number."),
]
Addresses = Annotated[list[Address], Field(max_length=MOST_PARTICIPANTS)]


class _V1(TicketRef):
    """A v1 request that names the members that it does not know."""

    model_config = ConfigDict(extra="allow")

    html: NoBody = None
    body: NoBody = None
    message: NoBody = None

    @property
    def ignored_params(self) -> list[str]:
        """The unknown members, in their order."""
        return list(self.model_extra or {})


class RespondV1(_V1):
    """An answer, changes of attributes and participants, or both."""

    from_email: Writer
    content: Annotated[
        Text | None,
        Field(
            description="Body as HTML; may be omitted if anything is changed.",
            examples=["A new pair is on its way."],
        ),
    ] = None
    is_internal: IsInternal = False
    status: Annotated[
        Literal["open", "on-hold", "closed"] | None,
        Field(description="New status; overrides the automatic reopening."),
    ] = None
    on_hold_until: Annotated[
        Day | None,
        Field(
            description="Day on which a ticket on hold reopens, YYYY-MM-DD; without status it "
            "puts the ticket on hold."
        ),
    ] = None
    keep_status: Annotated[
        Flag, Field(description="True: a public response does not reopen the ticket.")
    ] = False
    send_full_email: Annotated[
        Flag,
        Field(description="True: the response is mailed to the participants who are not staff."),
    ] = False
    assigned_to_email: Annotated[
        Line | None,
        Field(description="Assignee: staff e-mail address, team:ID or Unassigned."),
    ] = None
    priority: AnyPriority | None = None
    resolved: Annotated[
        Line | None,
        BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
        Field(description="A resolution category's id or name."),
    ] = None
    queue: Annotated[Line | None, Field(description="The queue to move the ticket to.")] = None
    subject: Annotated[Line | None, Field(description="New subject.")] = None
    add_participants: Annotated[Addresses, Field(description="Participants to add.")] = Field(
        default_factory=list
    )
    remove_participants: Annotated[
        Addresses, Field(description="Participants to remove; never the requester.")
    ] = Field(default_factory=list)
    attachments: FileRefs = Field(default_factory=list)


class CloseTicket(_V1):
    from_email: Annotated[
        Address | None,
        Field(description="Who closes the ticket; the token's owner if omitted."),
    ] = None
    content: Annotated[Text | None, Field(description="Body as HTML.")] = None
    is_internal: IsInternal = False
    resolved: Annotated[
        Line | None,
        BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
        Field(description="A resolution category's id or name."),
    ] = None
    queue: Annotated[Line | None, Field(description="The queue to move the ticket to.")] = None
    subject: Annotated[Line | None, Field(description="New subject.")] = None
    attachments: FileRefs = Field(default_factory=list)


class ChangeParticipants(_V1):
    participants: Annotated[
        Addresses,
        Field(
            min_length=1,
            description="Their addresses.",
            examples=[["coach@trailblazers-club.example"]],
        ),
    ]
    from_email: Annotated[
        Address | None,
        Field(description="Who changes the participants; the token's owner if omitted."),
    ] = None


class Person(TypedDict):
    id: Annotated[str, Field(examples=["7"])]
    name: Annotated[str | None, Field(description="Null: no name.", examples=["Marcus"])]
    email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    is_staff: Annotated[bool, Field(examples=[False])]


class TicketResponded(TypedDict):
    ticket_id: Annotated[int, Field(description="The ticket's id.", examples=[1])]
    response_id: Annotated[
        int | None,
        Field(
            description="Id of the new response or of the record of changes; null: nothing "
            "changed.",
            examples=[2],
        ),
    ]
    reopened: Annotated[
        bool, Field(description="Whether this reopened the ticket.", examples=[False])
    ]


class TicketRespondedV1(TicketResponded, total=False):
    ignored_params: Annotated[list[str], Field(description="Unknown fields of the request.")]


class ParticipantsChanged(TicketRespondedV1):
    participants: Annotated[list[Person], Field(description="Participants after the change.")]
