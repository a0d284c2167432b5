"""The members that every paged list shares: a limit, a cursor and the cursor of the next page.

Rule: a list reads one row more than its limit. The extra row is not shown; it only says that there
is a next page.
"""

from collections.abc import Sequence
from typing import Annotated, NotRequired, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.endpoint import MOST_ROWS
from tickiti_server.validation.fields import Integer, Line, Positive, Text

Row = TypeVar("Row")

DEFAULT_LIMIT = 50
"""Rows of a page where the request names no limit: about one screen of a long list."""

_CURSOR = Field(description="The next_cursor of the page before this one.")

Limit = Annotated[
    Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
]
NumberCursor = Annotated[Positive | None, _CURSOR]
LineCursor = Annotated[Line | None, _CURSOR]
TextCursor = Annotated[Text | None, _CURSOR]
NextCursor = Annotated[
    str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
]

MOST_COUNTED = 10_000
"""The highest total of a list, as of a search. Counting on would take too long."""

Total = Annotated[
    int,
    Field(
        description="How many rows all pages have, at most 10000; absent where counting is slow.",
        examples=[1],
    ),
]
IsExact = Annotated[bool, Field(description="False: there are more than total.", examples=[True])]


class Totals(TypedDict):
    """The members of a list that tell how many rows all its pages have."""

    total: NotRequired[Total]
    total_is_exact: NotRequired[IsExact]


def totals(found: int) -> Totals:
    """The totals of a count up to MOST_COUNTED + 1."""
    return {"total": min(found, MOST_COUNTED), "total_is_exact": found <= MOST_COUNTED}


def split(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], bool]:
    """The rows of the page, and whether another page follows. `rows` may have one row too many."""
    return rows[:limit], len(rows) > limit
