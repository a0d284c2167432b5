"""What the list of tickets takes and gives: the shapes of its body and its pages."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.families.search_modes import MODES
from tickiti_server.schemas import Time, Written
from tickiti_server.values import Body, Integer, Text, trimmed, wrong

MOST_ROWS = 1000
MOST_CRITERIA = 100
MOST_TOKENS = 100
MOST_TOKEN_CHARACTERS = 1000
"""SQLite takes a pattern of 50,000 bytes: escaped, a character becomes up to five."""


def _token(value: object) -> str:
    """A token is text; a number or a flag is taken as it is spelled."""
    if isinstance(value, (dict, list)) or value is None:
        raise wrong("must be a string")
    return trimmed(str(value))


Token = Annotated[
    str,
    BeforeValidator(_token),
    Field(max_length=MOST_TOKEN_CHARACTERS),
    Written(type=["string", "number", "boolean"]),
]


class Criterion(Body):
    mode: Annotated[
        Text, Written(enum=[*MODES]), Field(description="What is compared.", examples=["queue"])
    ]
    tokens: Annotated[
        list[Token],
        Field(
            min_length=1,
            max_length=MOST_TOKENS,
            description="What is looked for; one of them is enough. subject and content find parts "
            "of the text, days are YYYY-MM-DD in UTC, priority takes the word or the number.",
            examples=[["Sales", "Support"]],
        ),
    ]


class SearchObject(Body):
    """A perspective, narrowed by criteria."""

    search_perspective: Annotated[
        Text | None,
        Field(description="A perspective's name; All has every ticket.", examples=["All"]),
    ] = None
    search_perspective_id: Annotated[Integer | None, Field(description="Or its id.")] = None
    criteria: Annotated[
        list[Criterion],
        Field(
            max_length=MOST_CRITERIA,
            description="Those of one mode are alternatives; different modes must all hold.",
        ),
    ] = Field(default_factory=list)


class ListTickets(Body):
    perspective_id: Annotated[
        Integer | None, Field(description="A perspective's id; 1 is All, which has every ticket.")
    ] = None
    search_object: Annotated[
        SearchObject | None, Field(description="What to look for; every ticket if left out.")
    ] = None
    order: Annotated[
        Literal["activity", "number"] | None,
        Field(
            description="Newest activity first, or by rising number, which misses nothing; the "
            "perspective's own order if left out, else newest activity first."
        ),
    ] = None
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
    ] = 50
    cursor: Annotated[
        Text | None, Field(description="The next_cursor of the page before this one.")
    ] = None


class _Listed(TypedDict):
    """What a row has in both generations."""

    number: Annotated[int, Field(examples=[220009])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[Literal["open", "on-hold", "closed"], Field(examples=["open"])]
    queue_name: Annotated[str, Field(examples=["Sales"])]
    originator_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    assigned_to_email: Annotated[str | None, Field(examples=[None])]
    on_hold_until: Annotated[
        str | None, Field(description="The day on which it opens again.", examples=[None])
    ]
    created_at: Time
    updated_at: Time
    response_count: Annotated[int, Field(examples=[1])]


class TicketRow(_Listed):
    id: Annotated[int, Field(examples=[1])]
    priority: Annotated[
        Literal[10, 20, 30, 40],
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=[20]),
    ]
    queue_id: Annotated[int, Field(examples=[2])]


class TicketRowV1(_Listed):
    id: Annotated[str, Field(examples=["1"])]
    priority: Annotated[
        str,
        Written(enum=["10", "20", "30", "40"]),
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=["20"]),
    ]
    queue_id: Annotated[str, Field(examples=["2"])]


NextCursor = Annotated[
    str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
]


class TicketPage(TypedDict):
    tickets: list[TicketRow]
    next_cursor: NextCursor


class TicketRows(TypedDict):
    data: list[TicketRowV1]
    next_cursor: NextCursor
