"""The members that every paged list shares: a limit, a cursor and the cursor of the next page.

Rule: a list reads one row more than its limit. The extra row is not shown; it only says that there
is a next page.
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import Field

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


def split(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], bool]:
    """The rows of the page, and whether another page follows. `rows` may have one row too many."""
    return rows[:limit], len(rows) > limit
