"""The shapes of teams: bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Line, Positive

MOST_MEMBERS = 100

Name = Annotated[Line, Field(description="Team name; unique, ignoring case.", examples=["Returns"])]
TeamId = Annotated[Positive, Field(description="The team's id.", examples=[1])]
UserIds = Annotated[
    list[Positive],
    Field(max_length=MOST_MEMBERS, description="Ids of the staff in the team."),
]


class CreateTeam(Body):
    name: Name
    user_ids: Annotated[UserIds | None, Field(examples=[[]])] = None


class UpdateTeam(Body):
    """Members that are left out keep their values."""

    team_id: TeamId
    name: Annotated[Name | None, Field(examples=["Returns and refunds"])] = None
    user_ids: Annotated[UserIds | None, Field(examples=[[]])] = None


class FindTeam(Body):
    team_id: TeamId


class TeamCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    team_id: Annotated[str, Field(examples=["1"])]
