"""What the perspective endpoints take and give: the shapes of their bodies and replies."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from tickiti_server.families import perspective_fields
from tickiti_server.families.perspective_fields import FIELDS, Direction, Operator
from tickiti_server.families.search_bodies import Token
from tickiti_server.schemas import Written
from tickiti_server.store.search import SORTED_BY
from tickiti_server.values import Body, Flag, Line, Positive, Text, is_absent

MOST_CONDITIONS = 50
"""With the criteria of a search they become one expression, which may not be too deep."""

MOST_ORDERS = 5


class ConditionBody(Body):
    """What a ticket of the perspective is, is not, or contains."""

    field: Annotated[
        Text,
        Written(enum=[*FIELDS]),
        Field(description="What is compared.", examples=["status"]),
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
            description="What it is compared with; nobody, with assigned, means unassigned.",
            examples=["open"],
        ),
    ]


class OrderBody(Body):
    """What its tickets are sorted by."""

    field: Annotated[
        Text,
        Written(enum=[*SORTED_BY]),
        Field(description="What is compared.", examples=["priority"]),
    ]
    direction: Annotated[Direction, Field(description="Rising or falling.", examples=["desc"])] = (
        "asc"
    )


Name = Annotated[Line, Field(description="Its name.", examples=["Open orders"])]
Description = Annotated[
    Text, Field(max_length=1000, description="What it is for.", examples=["What Sales looks at."])
]
Shared = Annotated[
    Flag, Field(description="True: everybody sees it; false: you alone.", examples=[True])
]
ShowInCrm = Annotated[Flag, Field(description="Whether the vendor's CRM shows it.")]
Conditions = Annotated[
    list[ConditionBody],
    Field(
        max_length=MOST_CONDITIONS,
        description="Those of one field that say is, or contains, are alternatives; all others "
        "must hold.",
    ),
]
Orders = Annotated[
    list[OrderBody],
    Field(
        max_length=MOST_ORDERS, description="The first one counts most; newest activity without."
    ),
]
PerspectiveId = Annotated[Positive, Field(description="The perspective's id.", examples=[2])]


class CreatePerspective(Body):
    name: Name
    shared: Shared
    description: Description = ""
    show_in_crm: ShowInCrm = False
    conditions: Conditions = Field(default_factory=list)
    orders: Orders = Field(default_factory=list)


class UpdatePerspective(Body):
    """What is left out stays; an empty description or array takes away what was there."""

    perspective_id: PerspectiveId
    name: Name | None = None
    shared: Shared | None = None
    description: Description | None = None
    show_in_crm: ShowInCrm | None = None
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
    description: Annotated[str, Field(examples=["What Sales looks at."])]
    shared: Annotated[bool, Field(examples=[True])]
    owner: Annotated[
        str | None,
        Field(description="Who made it; null: built in.", examples=["anna@sole-trader.example"]),
    ]
    conditions: Annotated[
        list[perspective_fields.Condition],
        Field(examples=[[{"field": "status", "operator": "is", "value": "open"}]]),
    ]
    orders: Annotated[
        list[perspective_fields.Order],
        Field(examples=[[{"field": "priority", "direction": "desc"}]]),
    ]
    show_in_crm: Annotated[bool, Field(examples=[False])]


class Perspectives(TypedDict):
    perspectives: list[Perspective]


class PerspectiveCreated(TypedDict):
    perspective_id: Annotated[str, Field(examples=["2"])]
