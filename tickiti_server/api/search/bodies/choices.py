"""The shapes of the values that a ticket's attributes can have."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Line


class ListStaff(Body):
    search: Annotated[
        Line | None,
        Field(description="Part of a name or address; all staff if omitted.", examples=["anna"]),
    ] = None


class QueueChoice(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Sales"])]
    built_in: Annotated[bool, Field(examples=[False])]
    track_resolutions: Annotated[
        bool, Field(description="Whether closing requires a resolution.", examples=[False])
    ]
    is_parked: Annotated[bool, Field(examples=[False])]
    can_manage: Annotated[
        bool, Field(description="Whether you may change its tickets.", examples=[True])
    ]
    can_delete: Annotated[
        bool, Field(description="Whether you may delete its tickets.", examples=[True])
    ]


class QueueChoices(TypedDict):
    queues: list[QueueChoice]


class TeamMember(TypedDict):
    id: Annotated[str, Field(examples=["7"])]
    name: Annotated[str | None, Field(examples=["Anna"])]
    email: Annotated[str, Field(examples=["anna@sole-trader.example"])]


class TeamChoice(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["Field"])]
    members: list[TeamMember]
    key: Annotated[
        str,
        Field(
            description="Key to assign tickets to the team, and to find them.", examples=["team:1"]
        ),
    ]
    members_key: Annotated[
        str,
        Field(
            description="Key to find tickets of the team or of its staff.",
            examples=["team-and-members:1"],
        ),
    ]


class TeamChoices(TypedDict):
    teams: list[TeamChoice]


class StaffChoice(TypedDict):
    id: Annotated[str, Field(examples=["7"])]
    name: Annotated[str | None, Field(examples=["Anna"])]
    email: Annotated[str, Field(examples=["anna@sole-trader.example"])]
    team_keys: Annotated[
        list[str], Field(description="The teams of this person.", examples=[["team:1"]])
    ]


class StaffChoices(TypedDict):
    staff: list[StaffChoice]


class ResolutionChoice(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["Refunded"])]
    colour: Annotated[str, Field(examples=["#2e7d32"])]
    selectable: Annotated[bool, Field(examples=[True])]


class ResolutionChoices(TypedDict):
    resolutions: list[ResolutionChoice]
