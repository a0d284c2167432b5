"""The shapes of perspectives: bodies and replies."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from tickiti_server.api.search import perspective_fields
from tickiti_server.api.search.bodies.search import Token
from tickiti_server.api.search.perspective_fields import FIELDS, Operator
from tickiti_server.store.search.orders import SORTED_BY
from tickiti_server.validation.fields import (
    Body,
    Flag,
    Line,
    Positive,
    Text,
    is_absent,
    renamed,
    wrong,
)
from tickiti_server.validation.json_schema import Written

MOST_CONDITIONS = 50
"""Conditions of a perspective. With the criteria of a search they form one SQL expression, whose
depth SQLite limits."""

MOST_ORDERS = 5


class ConditionBody(Body):
    """A condition that the tickets of the perspective meet."""

    field: Annotated[
        Text,
        Written(enum=[*FIELDS]),
        Field(description="Field to compare.", examples=["status"]),
    ]
    operator: Annotated[
        Operator,
        Field(
            description="is and is not compare the whole value, contains a part of it, all of them "
            "without case.",
            examples=["is"],
        ),
    ]
    value: Annotated[
        Token,
        Field(
            description="Value to compare with; `nobody` with assigned means unassigned.",
            examples=["open"],
        ),
    ]


class OrderBody(Body):
    """A sort key of the perspective's tickets."""

    field: Annotated[
        Text,
        Written(enum=[*SORTED_BY]),
        Field(description="Field to compare.", examples=["priority"]),
    ]
    ascending: Annotated[Flag, Field(description="True: the smallest first.", examples=[False])] = (
        True
    )
    direction: Annotated[SkipJsonSchema[None], renamed("ascending"), Field(exclude=True)] = None


Name = Annotated[Line, Field(description="Its name.", examples=["Open orders"])]
Description = Annotated[
    Text, Field(max_length=1000, description="Description.", examples=["Tickets of Sales."])
]
Shared = Annotated[
    Flag, Field(description="True: visible to all staff; false: only to you.", examples=[True])
]
ShowInCrm = Annotated[Flag, Field(description="Whether the vendor's CRM shows it.")]
DisplayMode = Annotated[
    perspective_fields.DisplayMode,
    Field(description="How the web interface shows its tickets.", examples=["list"]),
]
Conditions = Annotated[
    list[ConditionBody],
    Field(
        max_length=MOST_CONDITIONS,
        description="`is` and `contains` conditions on one field are alternatives; all others "
        "must hold.",
    ),
]
Orders = Annotated[
    list[OrderBody],
    Field(
        max_length=MOST_ORDERS,
        description="Sort order, most significant first; by default newest activity first.",
    ),
]
PerspectiveId = Annotated[Positive, Field(description="The perspective's id.", examples=[2])]


class ListPerspectives(Body):
    scope: Annotated[
        Literal["mine", "all"],
        Field(
            description="mine: created by you; all: also the shared and built-in ones.",
            examples=["all"],
        ),
    ] = "mine"


def _only_one(name: str | None, info: ValidationInfo) -> str | None:
    """Runs after `perspective_id`, whose value is missing from `info` where it was wrong."""
    if "perspective_id" in info.data and (info.data["perspective_id"] is None) == (name is None):
        raise wrong("must be sent in place of perspective_id: exactly one of the two")
    return name


class ShowPerspective(Body):
    """Names one perspective: by its id or by its name."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["perspective_id"]}, {"required": ["name"]}]}
    )

    perspective_id: PerspectiveId | None = None
    name: Annotated[
        Line | None,
        AfterValidator(_only_one),
        Field(
            description="Its name; your own perspective comes before a shared namesake.",
            validate_default=True,
        ),
    ] = None


class CreatePerspective(Body):
    name: Name
    shared: Shared
    description: Description = ""
    show_in_crm: ShowInCrm = False
    display_mode: DisplayMode = "list"
    conditions: Conditions = Field(default_factory=list)
    orders: Orders = Field(default_factory=list)


class UpdatePerspective(Body):
    """Members that are left out keep their values; an empty description or array removes the
    value."""

    perspective_id: PerspectiveId
    name: Name | None = None
    shared: Shared | None = None
    description: Description | None = None
    show_in_crm: ShowInCrm | None = None
    display_mode: DisplayMode | None = None
    conditions: Conditions | None = None
    orders: Orders | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        is_text = isinstance(members.get("description"), str)
        kept = {"description"} if is_text else set()
        return {
            name: value for name, value in members.items() if name in kept or not is_absent(value)
        }


class FindPerspective(Body):
    perspective_id: PerspectiveId


class Perspective(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Open orders"])]
    description: Annotated[str, Field(examples=["Tickets of Sales."])]
    shared: Annotated[bool, Field(examples=[True])]
    owner: Annotated[
        str | None,
        Field(description="Creator; null: built in.", examples=["anna@sole-trader.example"]),
    ]
    built_in: Annotated[bool, Field(description="True: cannot be changed.", examples=[False])]
    display_mode: Annotated[str, Field(examples=["list"])]
    show_in_crm: Annotated[bool, Field(examples=[False])]
    conditions: Annotated[
        list[perspective_fields.Condition],
        Field(examples=[[{"field": "status", "operator": "is", "value": "open"}]]),
    ]
    orders: Annotated[
        list[perspective_fields.Order],
        Field(examples=[[{"field": "priority", "ascending": False}]]),
    ]


class Perspectives(TypedDict):
    perspectives: list[Perspective]


class PerspectiveShown(TypedDict):
    perspective: Perspective


class PerspectiveCreated(TypedDict):
    perspective_id: Annotated[str, Field(examples=["2"])]
