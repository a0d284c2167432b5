"""SQL functions of the server: folding, rendering, and text search.

SQLite does not check a reader's deadline while a function runs, and its LIKE takes time in the
product of the lengths of text and pattern. `holds` takes linear time and checks the deadline.
"""

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from functools import lru_cache

from tickiti_server.rendering.case_folding import address_key, case_key, folded
from tickiti_server.rendering.text import plain_text

WINDOW = 1_000_000
"""Characters searched between two checks of the deadline: a few milliseconds."""


class DeadlinePassed(Exception):
    """The deadline has passed; SQLite turns this into an error of its own."""


class Connection(sqlite3.Connection):
    """A connection with a deadline."""

    deadline = math.inf
    """In seconds of the monotonic clock."""

    has_searched = False
    """Whether `holds` ran since this was last cleared."""

    def refuse_late(self) -> None:
        if time.monotonic() > self.deadline:
            raise DeadlinePassed


def register_functions(connection: Connection) -> None:
    """Register the functions on a connection; each returns NULL for NULL."""

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
    if text.isascii() and len(text) <= WINDOW and not any(" " in needle for needle in needles):
        # White space alone is folded otherwise, and takes most of the time.
        lower = text.lower()
        return any(needle in lower for needle in needles)
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
