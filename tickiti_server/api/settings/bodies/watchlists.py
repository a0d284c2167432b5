"""What the watchlist endpoints take and give: the shapes of their bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.values import Body, Flag, Line, Positive

MOST_TICKETS = 1000
"""Of one request."""

COLOURS = ("grey", "red", "orange", "yellow", "green", "blue", "purple")

Name = Annotated[Line, Field(description="Its name.", examples=["Berlin Marathon"])]
Icon = Annotated[
    Line, Field(description="What it is shown with: any word.", examples=["running-shoe"])
]
Shared = Annotated[
    Flag, Field(description="True: all staff see and change it; false: you alone.", examples=[True])
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


class UpdateWatchlist(Body):
    """What is left out stays."""

    watchlist_id: WatchlistId
    name: Name | None = None
    icon: Icon | None = None
    shared: Shared | None = None


class FindWatchlist(Body):
    watchlist_id: WatchlistId


class WatchlistTickets(Body):
    watchlist_id: WatchlistId
    ticket_ids: TicketIds


class Watchlist(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["Berlin Marathon"])]
    icon: Annotated[str, Field(examples=["running-shoe"])]
    shared: Annotated[bool, Field(examples=[True])]
    ticket_ids: Annotated[
        list[str], Field(description="Ids of tickets, in the list's own order.", examples=[["1"]])
    ]


class Watchlists(TypedDict):
    watchlists: list[Watchlist]
    colours: Annotated[
        list[str], Field(description="Those that a list may be shown in.", examples=[[*COLOURS]])
    ]


class WatchlistCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    watchlist_id: Annotated[str, Field(examples=["1"])]
