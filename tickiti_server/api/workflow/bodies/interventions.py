"""The shapes of interventions: bodies and replies."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.delivery.callback.destinations import MOST_URL, Destination
from tickiti_server.validation.fields import Body, Flag, Integer, Line, Positive, UpdateBody, wrong
from tickiti_server.validation.json_schema import Written

MOST_FIELDS = 50
"""Fields of a form. Nobody fills in a longer one."""

MOST_NAME = 64
"""Characters of a name."""

_FIELD_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class FieldType(StrEnum):
    """The input of a field, which decides the type of its value."""

    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    CHECKBOX = "checkbox"


def _url(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    try:
        Destination.of(text)
    except ValueError as error:
        raise wrong(str(error)) from None
    return text


def _field_name(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not _FIELD_NAME.fullmatch(text):
        raise wrong("must be 1 to 64 letters, digits, _ or -")
    return text


class InterventionField(Body):
    """A part of the form that staff see."""

    type: Annotated[FieldType, Field(description="Kind of input.", examples=["number"])]
    name: Annotated[
        str,
        BeforeValidator(_field_name),
        Written(pattern=r"^\s*[A-Za-z0-9_-]{1,64}\s*$"),
        Field(description="Field of the data that the input edits.", examples=["price"]),
    ]
    label: Annotated[
        Line,
        Field(
            description="What staff read beside it; may have placeholders.",
            examples=["Price for {{customer}}"],
        ),
    ]


def _short(name: str) -> str:
    if len(name) > MOST_NAME:
        raise wrong(f"may not be longer than {MOST_NAME} characters")
    return name


Name = Annotated[
    Line,
    AfterValidator(_short),
    Written(maxLength=MOST_NAME),
    Field(
        description="Its unique name: what create_ticket and its templates are called after.",
        examples=["discount_request"],
    ),
]
Title = Annotated[
    Line,
    Field(
        description="What its tickets are about where the template has no subject.",
        examples=["Discount request"],
    ),
]
QueueName = Annotated[Line, Field(description="Queue of its tickets.", examples=["Inbox"])]
Notify = Annotated[
    Flag, Field(description="Stored; the bundled server sends no notifications.", examples=[False])
]
Urgent = Annotated[
    Flag, Field(description="True: its tickets are of priority 40.", examples=[False])
]
Seconds = Annotated[
    Integer,
    Field(
        ge=1,
        le=300,
        description="Timeout of a webhook in seconds, at most 10.",
        examples=[10],
    ),
]
Enabled = Annotated[Flag, Field(description="Whether decisions are called back.", examples=[True])]
Url = Annotated[
    str,
    BeforeValidator(_url),
    Written(maxLength=MOST_URL),
    Field(
        description="Where decisions are POSTed.",
        examples=["https://shop.trailblazers-club.example/decided"],
    ),
]
Fields = Annotated[
    list[InterventionField],
    Field(max_length=MOST_FIELDS, description="The form, in its order."),
]
InterventionId = Annotated[Positive, Field(description="The intervention's id.", examples=[1])]


class CreateIntervention(Body):
    name: Name
    title: Title
    queue_name: QueueName
    notify_inbox_managers: Notify = False
    create_urgent: Urgent = False
    remote_timeout_seconds: Seconds = 10
    remote_enabled: Enabled = False
    remote_epilog_url: Url | None = None
    fields: Fields = Field(default_factory=list)


class UpdateIntervention(UpdateBody):
    """Members that are left out keep their values; null or "" removes the epilog URL."""

    CLEARS = frozenset({"remote_epilog_url"})

    intervention_id: InterventionId
    name: Name | None = None
    title: Title | None = None
    queue_name: QueueName | None = None
    notify_inbox_managers: Notify | None = None
    create_urgent: Urgent | None = None
    remote_timeout_seconds: Seconds | None = None
    remote_enabled: Enabled | None = None
    remote_epilog_url: Url | None = None
    fields: Fields | None = None


class FindIntervention(Body):
    intervention_id: InterventionId


class GenerateToken(Body):
    intervention_id: InterventionId
    remote_name: Annotated[
        Line, Field(description="Receiver of the token.", examples=["shop of Trailblazers Club"])
    ]


class GeneratedToken(TypedDict):
    token: Annotated[
        str,
        Field(
            description="Verifies the signatures of its callbacks (Standard Webhooks); shown once.",
            examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMRNGrO6G0="],
        ),
    ]


class FieldShown(TypedDict):
    type: Annotated[str, Field(examples=["number"])]
    name: Annotated[str, Field(examples=["price"])]
    label: Annotated[str, Field(examples=["Price for {{customer}}"])]


class Intervention(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["discount_request"])]
    title: Annotated[str, Field(examples=["Discount request"])]
    queue_id: Annotated[str, Field(examples=["1"])]
    queue_name: Annotated[str, Field(examples=["Inbox"])]
    notify_inbox_managers: Annotated[bool, Field(examples=[False])]
    create_urgent: Annotated[bool, Field(examples=[False])]
    remote_timeout_seconds: Annotated[int, Field(examples=[10])]
    remote_enabled: Annotated[bool, Field(examples=[True])]
    remote_epilog_url: Annotated[
        str | None, Field(examples=["https://shop.trailblazers-club.example/decided"])
    ]
    remote_name: Annotated[
        str | None,
        Field(description="Receiver of its token; null: no token yet.", examples=["shop"]),
    ]
    remote_disabled_reason: Annotated[
        str | None,
        Field(
            description="Why webhooks are disabled until it is updated: the receiver answered 410.",
            examples=[None],
        ),
    ]
    fields: list[FieldShown]


class Interventions(TypedDict):
    interventions: list[Intervention]


class InterventionCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    intervention_id: Annotated[str, Field(examples=["1"])]
