"""The shapes of the lists of tickets: their bodies and their pages."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import PRIORITY_WORDS, Priority, TicketStatus
from tickiti_server.api.search.search_modes import MODES
from tickiti_server.validation.fields import Body, Integer, Text, trimmed, wrong
from tickiti_server.validation.json_schema import Time, Written
from tickiti_server.validation.paging import DEFAULT_LIMIT, Limit, NextCursor, TextCursor

DEFAULT_ROW_LIMIT, MOST_ROW_LIMIT = 100, 5000
"""Rows of a page of tickets/query: without `row_limit`, and at most."""

MOST_COUNTED = 10_000
"""The highest `total` of a list. Counting on would take too long."""

MOST_CRITERIA = 100
MOST_TOKENS = 100
MOST_TOKEN_CHARACTERS = 1000
"""Characters of a token. SQLite allows a pattern of 50,000 bytes, and an escaped character has up
to five."""


def _token(value: object) -> str:
    """A token as text. A number or a flag counts as its spelling."""
    if isinstance(value, (dict, list)) or value is None:
        raise wrong("must be a string")
    return trimmed(str(value))


Order = Literal["activity", "number"]
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
            description="What is looked for. The text modes subject, content and "
            "subject_content find parts of the text, and all tokens must match; of every other "
            "mode one is enough. Days are YYYY-MM-DD in UTC, priority takes the word or the "
            "number, assigned an address, team:ID, team-and-members:ID or Unassigned.",
            examples=[["Sales", "Support"]],
        ),
    ]
    match: Annotated[
        Literal["all", "any"],
        Field(description="Whether all tokens of a text mode must match, or any one of them."),
    ] = "all"


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


class SearchTickets(Body):
    """Which tickets are listed, and in what order."""

    perspective_id: Annotated[
        Integer | None, Field(description="A perspective's id; 1 is All, which has every ticket.")
    ] = None
    search_object: Annotated[
        SearchObject | None, Field(description="What to look for; every ticket if left out.")
    ] = None
    order: Annotated[
        Order | None,
        Field(
            description="Newest activity first, or by rising number, which misses nothing; the "
            "perspective's own order if left out, else newest activity first."
        ),
    ] = None
    cursor: TextCursor = None


class ListTickets(SearchTickets):
    limit: Limit = DEFAULT_LIMIT


def _same_limit(limit: int | None, info: ValidationInfo) -> int | None:
    if limit is not None and info.data.get("row_limit") not in (None, limit):
        raise wrong("differs from row_limit; send one of them")
    return limit


RowLimit = Annotated[Integer, Field(ge=1, le=MOST_ROW_LIMIT)]


class QueryTickets(SearchTickets):
    row_limit: Annotated[
        RowLimit | None,
        Field(description="The most rows of a page; 100 if left out.", examples=[20]),
    ] = None
    limit: Annotated[
        RowLimit | None,
        AfterValidator(_same_limit),
        Field(description="Another name of row_limit."),
    ] = None

    @property
    def rows(self) -> int:
        """The most rows of a page."""
        return self.row_limit or self.limit or DEFAULT_ROW_LIMIT


class _Listed(TypedDict):
    """The members of a row that both generations have."""

    number: Annotated[int, Field(examples=[220009])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[TicketStatus, Field(examples=["open"])]
    queue_name: Annotated[str, Field(examples=["Sales"])]
    originator_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    assigned_to_email: Annotated[
        str | None,
        Field(
            description="Assignee: e-mail address or team:<id>; null: unassigned.", examples=[None]
        ),
    ]
    on_hold_until: Annotated[
        str | None, Field(description="The day on which it opens again.", examples=[None])
    ]
    created_at: Time
    updated_at: Time
    response_count: Annotated[int, Field(examples=[1])]


class TicketRow(_Listed):
    id: Annotated[int, Field(examples=[1])]
    priority: Annotated[
        Priority,
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=[20]),
    ]
    queue_id: Annotated[int, Field(examples=[2])]


class TicketRowV1(_Listed):
    id: Annotated[str, Field(examples=["1"])]
    priority: Annotated[
        str,
        Written(enum=[*PRIORITY_WORDS]),
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=["20"]),
    ]
    queue_id: Annotated[str, Field(examples=["2"])]


Total = Annotated[
    int,
    Field(
        description="How many tickets all pages have, as the first page counted; at most 10000.",
        examples=[1],
    ),
]
IsExact = Annotated[bool, Field(description="False: there are more than total.", examples=[True])]


class TicketPage(TypedDict):
    tickets: list[TicketRow]
    next_cursor: NextCursor
    total: Total
    total_is_exact: IsExact


class TicketRows(TypedDict):
    data: list[TicketRowV1]
    next_cursor: NextCursor
    total: Total
    total_is_exact: IsExact


class SearchMode(TypedDict):
    mode: Annotated[str, Field(description="Its name in a criterion.", examples=["queue"])]
    matches: Annotated[
        str, Field(description="What a token is compared with.", examples=["The queue's name."])
    ]
    match: Annotated[
        str,
        Field(
            description="all: every token of a criterion must match; any: one is enough.",
            examples=["any"],
        ),
    ]


class SearchModes(TypedDict):
    available_modes: list[SearchMode]
    combining: Annotated[
        str,
        Field(
            description="How criteria go together.",
            examples=["Criteria of one mode are alternatives."],
        ),
    ]
