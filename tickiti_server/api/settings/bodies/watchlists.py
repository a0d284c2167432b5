"""The shapes of watchlists: bodies and replies."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from tickiti_server.api.search import perspective_fields
from tickiti_server.validation.fields import Body, Flag, Line, Positive, Text, is_absent

MOST_TICKETS = 1000
"""Tickets of one request."""

COLOURS = ("grey", "red", "orange", "yellow", "green", "blue", "purple")

Name = Annotated[Line, Field(description="Its name.", examples=["Berlin Marathon"])]
Icon = Annotated[Line, Field(description="Name of an icon.", examples=["running-shoe"])]
Shared = Annotated[
    Flag,
    Field(
        description="True: visible and editable for all staff; false: only for you.",
        examples=[True],
    ),
]
Description = Annotated[
    Text, Field(max_length=1000, description="Description.", examples=["Broken in the race."])
]
DisplayMode = Annotated[
    perspective_fields.DisplayMode,
    Field(description="How the web interface shows its tickets.", examples=["card"]),
]
WatchlistId = Annotated[Positive, Field(description="The watchlist's id.", examples=[1])]
TicketIds = Annotated[
    list[Positive],
    Field(
        min_length=1,
        max_length=MOST_TICKETS,
        description="Ids of tickets, not their numbers.",
        examples=[[1]],
    ),
]


class CreateWatchlist(Body):
    name: Name
    icon: Icon
    shared: Shared
    description: Description = ""
    display_mode: DisplayMode = "list"


class UpdateWatchlist(Body):
    """Members that are left out keep their values; an empty description removes the value."""

    watchlist_id: WatchlistId
    name: Name | None = None
    icon: Icon | None = None
    shared: Shared | None = None
    description: Description | None = None
    display_mode: DisplayMode | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        kept = {"description"} if isinstance(members.get("description"), str) else set()
        return {
            name: value for name, value in members.items() if name in kept or not is_absent(value)
        }


class FindWatchlist(Body):
    watchlist_id: WatchlistId


class WatchlistTickets(Body):
    watchlist_id: WatchlistId
    ticket_ids: TicketIds


class Watchlist(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["Berlin Marathon"])]
    icon: Annotated[str, Field(examples=["running-shoe"])]
    description: Annotated[str, Field(examples=["Broken in the race."])]
    display_mode: Annotated[str, Field(examples=["card"])]
    shared: Annotated[bool, Field(examples=[True])]
    owner: Annotated[str, Field(description="Creator.", examples=["anna@sole-trader.example"])]
    ticket_ids: Annotated[
        list[str], Field(description="Ids of tickets, in order.", examples=[["1"]])
    ]


class Watchlists(TypedDict):
    watchlists: list[Watchlist]
    colours: Annotated[list[str], Field(description="Icons to choose from.", examples=[[*COLOURS]])]


class WatchlistCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    watchlist_id: Annotated[str, Field(examples=["1"])]
