"""The shapes of escalation rules: bodies and replies."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.api.workflow.bodies.business_hours import BusinessHours
from tickiti_server.validation.addresses import MOST_ADDRESS, is_address
from tickiti_server.validation.fields import Body, Integer, Positive, UpdateBody, trimmed, wrong
from tickiti_server.validation.json_schema import TEXT, Written

MOST_MINUTES = 525_600
"""The minutes of a year."""

ASSIGNEE = "assignee"
"""The recipient that stands for the ticket's assignee, who may change."""


class EscalationAction(StrEnum):
    """The action of a rule once a ticket has waited long enough."""

    NOTIFY = "notify"
    EMAIL = "email"


def _recipient(value: object) -> str:
    text = trimmed(value) if isinstance(value, str) else ""
    if text.casefold() == ASSIGNEE:
        return ASSIGNEE
    if not is_address(text):
        raise wrong("must be one e-mail address, or assignee")
    return text


Minutes = Annotated[
    Integer,
    Field(
        ge=1,
        le=MOST_MINUTES,
        description="How long a ticket waits, in minutes of the business hours.",
        examples=[240],
    ),
]
Action = Annotated[
    EscalationAction, Field(description="What is done then; kept.", examples=["email"])
]
Recipient = Annotated[
    str,
    BeforeValidator(_recipient),
    Written(pattern=TEXT, maxLength=MOST_ADDRESS),
    Field(
        description="Who is told: an address, or assignee.",
        examples=["anna@sole-trader.example"],
    ),
]
RepeatMinutes = Annotated[
    Integer,
    Field(
        ge=1,
        le=MOST_MINUTES,
        description="Minutes until it is done again; null: once.",
        examples=[480],
    ),
]
EscalationId = Annotated[Positive, Field(description="The rule's id.", examples=[1])]


class CreateEscalation(Body):
    minutes: Minutes
    action: Action
    email: Recipient = ASSIGNEE
    repeat_minutes: RepeatMinutes | None = None


class UpdateEscalation(UpdateBody):
    """Members that are left out keep their values; an empty `email` is the assignee, an empty
    `repeat_minutes` once."""

    CLEARS = frozenset({"email", "repeat_minutes"})

    id: EscalationId
    minutes: Minutes | None = None
    action: Action | None = None
    email: Recipient | None = None
    repeat_minutes: RepeatMinutes | None = None


class FindEscalation(Body):
    id: Annotated[EscalationId, Field(examples=[2])]


class Escalation(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    minutes: Annotated[int, Field(examples=[240])]
    action: Annotated[str, Field(examples=["email"])]
    email: Annotated[str, Field(examples=["anna@sole-trader.example"])]
    repeat_minutes: Annotated[int | None, Field(examples=[480])]


class Escalations(TypedDict):
    escalations: list[Escalation]
    business_hours: BusinessHours
