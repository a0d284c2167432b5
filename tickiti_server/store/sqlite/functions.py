"""What SQL calls of ours: folding, rendering, and the search in a text.

SQLite does not look at a reader's deadline while one function runs, and its LIKE takes the product
of the lengths of text and pattern: `holds` is linear and looks at the deadline itself.
"""

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from functools import lru_cache

from tickiti_server.folding import address_key, case_key, folded
from tickiti_server.rendering.text import plain_text

WINDOW = 1_000_000
"""Characters that are searched between two looks at the deadline: a few milliseconds."""


class TooLong(Exception):
    """The deadline has passed. SQLite makes an error of its own of it."""


class Connection(sqlite3.Connection):
    """A connection that knows until when it may work."""

    deadline = math.inf
    """By the monotonic clock."""

    has_searched = False
    """Whether a text was searched since this was last set."""

    def refuse_late(self) -> None:
        if time.monotonic() > self.deadline:
            raise TooLong


def teach(connection: Connection) -> None:
    """Make the functions known to a connection; NULL stays NULL in each of them."""

    def holds(text: str | None, needles: str) -> bool | None:
        if text is None:
            return None
        connection.has_searched = True
        connection.refuse_late()
        return _holds_any(text, _read(needles), connection)

    def rendered(html: str | None) -> str | None:
        connection.refuse_late()
        return None if html is None else plain_text(html)

    for name, function in (
        ("case_key", lambda text: None if text is None else case_key(text)),
        ("address_key", lambda text: None if text is None else address_key(text)),
        ("folded", lambda text: None if text is None else folded(text)),
        ("plain_text", rendered),
    ):
        connection.create_function(name, 1, function, deterministic=True)
    connection.create_function("holds", 2, holds, deterministic=True)


def _holds_any(text: str, needles: Sequence[str], connection: Connection) -> bool:
    hay = folded(text)
    if len(hay) <= WINDOW:
        return any(needle in hay for needle in needles)
    for needle in needles:
        for begin in range(0, len(hay), WINDOW):
            connection.refuse_late()
            if hay.find(needle, begin, begin + WINDOW + len(needle) - 1) >= 0:
                return True
    return False


@lru_cache(maxsize=64)
def _read(needles: str) -> tuple[str, ...]:
    return tuple(json.loads(needles))
