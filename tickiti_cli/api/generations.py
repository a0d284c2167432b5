"""Classic or v1, where both have an endpoint for the same: what a server answered is remembered.

The rule of this file: an operation is asked of the second endpoint only after a definite refusal of
the first, before which nothing can have happened; and one whose key somebody may use again is never
asked of two.

A profile with `api = "auto"` prefers v1. Where v1 refused and the classic endpoint did not, a note
in the state's folder says so, and spares the question for a week; without it the question is
asked again.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from tickiti_cli import locations
from tickiti_cli.config import Connection
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.tickets import TWINS
from tickiti_cli.credentials import write_private
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.journal import Journal
from tickiti_cli.replies import Members, Reply

WEEK_SECONDS = 7 * 24 * 3600
"""A server may be updated, and a token replaced: then v1 is asked anew."""

REFUSALS = (403, 404, 405)
NUMBERS = ("id", "priority", "queue_id")
"""What a list has as text under v1: for one script both are the same."""


class Memory:
    """What is remembered of one endpoint of one server, whose row is the classic one."""

    def __init__(self, environ: Mapping[str, str], connection: Connection, row: Endpoint) -> None:
        name = quote(f"{connection.profile or ''} {connection.base_url} {row.name}", safe="")
        self._path = locations.generations_dir(environ) / name
        self._row = row

    @property
    def is_classic(self) -> bool:
        """Whether v1 refused lately what the classic endpoint did."""
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:  # none, or none that can be read: v1 is asked
            return False
        return 0 <= age < WEEK_SECONDS

    def note(self, answered: Endpoint, refusal: ApiError) -> None:
        """Keep or forget it; what cannot be kept is found out again."""
        with suppress(OSError, ConfigProblem):
            if answered is not self._row:
                self._path.unlink(missing_ok=True)
                return
            told = {"refused": TWINS[self._row].name, "code": refusal.code, "says": str(refusal)}
            write_private(self._path, json.dumps(told) + "\n", is_durable=False)


def begun_with(journal: Journal, key: str, row: Endpoint) -> Endpoint:
    """Where an open operation with that key was sent; the classic endpoint if there is none.

    An operation whose outcome is unknown is repeated with the key that its error named.
    """
    twin = TWINS.get(row, row)
    is_of_v1 = any((entry.key, entry.endpoint) == (key, twin.name) for entry in journal.pending())
    return twin if is_of_v1 else row


def has_refused(error: ApiError) -> bool:
    """Whether the endpoint itself is closed or not there, and nothing can have happened. What a
    stranger on the way says is no word of the endpoint."""
    if (
        error.is_foreign
        or error.was_doubtful
        or error.outcome != "not_applied"
        or error.status not in REFUSALS
    ):
        return False
    return error.status != 404 or error.code == "not_found"


def other_than(asked: Endpoint, row: Endpoint) -> Endpoint:
    """The one of the two that was not asked."""
    return row if asked is not row else TWINS[row]


def as_classic(reply: Reply) -> Reply:
    """A list of v1 as the classic endpoint has it."""
    rows: list[Any] = reply.bare
    listed = [_with_numbers(row) if isinstance(row, dict) else row for row in rows]
    data = {"tickets": listed, "next_cursor": reply.body.get("next_cursor")}
    return reply._replace(body=Members({**reply.body, "data": Members(data)}))


def _with_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in NUMBERS if isinstance(row.get(name), str)}
    numbers = {name: int(text) for name, text in found.items() if is_number(text)}
    return Members({**row, **numbers})
