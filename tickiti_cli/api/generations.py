"""Remembers which API generation, classic or v1, a server accepts for an endpoint that both have.

Rule: an operation goes to the second endpoint only after a definite refusal of the first, before
which nothing can have happened. A key that may be used again goes to one endpoint only.

A profile with `api = "auto"` prefers v1. Where v1 refused and the classic endpoint did not, a note
in the state folder saves the first request for a week.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from tickiti_cli import paths
from tickiti_cli.api.connection.json_body import Members
from tickiti_cli.api.journal.journal import Journal
from tickiti_cli.api.reply import Reply
from tickiti_cli.config.addresses import Connection
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1.tickets import TWINS
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.atomic_write import write_private

WEEK_SECONDS = 7 * 24 * 3600
"""Life of a note. After a week v1 is asked again, because a server may have been updated or a
token replaced."""

REFUSALS = (403, 404, 405)
PAGE = ("next_cursor", "total", "total_is_exact")
"""Members of a v1 page besides the rows."""

NUMBERS = ("id", "priority", "queue_id")
"""Members that v1 lists as text. They become numbers, so that one script reads both generations."""


class GenerationMemory:
    """The note about one endpoint of one server. `row` is the classic row."""

    def __init__(self, environ: Mapping[str, str], connection: Connection, row: Endpoint) -> None:
        name = quote(f"{connection.profile or ''} {connection.base_url} {row.name}", safe="")
        self._path = paths.generations_dir(environ) / name
        self._row = row

    @property
    def is_classic(self) -> bool:
        """True if v1 refused within the last week what the classic endpoint did."""
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:  # no note, or no readable one: v1 is asked
            return False
        return 0 <= age < WEEK_SECONDS

    def note(self, answered: Endpoint, refusal: ApiError) -> None:
        """Writes or removes the note. A note that cannot be written costs one more request
        later."""
        with suppress(OSError, ConfigProblem):
            if answered is not self._row:
                self._path.unlink(missing_ok=True)
                return
            told = {"refused": TWINS[self._row].name, "code": refusal.code, "says": str(refusal)}
            write_private(self._path, json.dumps(told) + "\n", is_durable=False)


def first_generation(journal: Journal, key: str, row: Endpoint) -> Endpoint:
    """Returns the row that an open operation with this key was sent to, else the classic row.

    A user repeats an operation of unknown outcome with the key that its error named.
    """
    twin = TWINS.get(row, row)
    is_of_v1 = any((entry.key, entry.endpoint) == (key, twin.name) for entry in journal.pending())
    return twin if is_of_v1 else row


def has_refused(error: ApiError) -> bool:
    """True if the server rejected the endpoint (403, 404 or 405) before doing anything, so that the
    other generation may be tried. False for an answer that a proxy may have given."""
    if (
        error.is_foreign
        or error.was_doubtful
        or error.outcome != "not_applied"
        or error.status not in REFUSALS
    ):
        return False
    return error.status != 404 or error.code == "not_found"


def other_generation(asked: Endpoint, row: Endpoint) -> Endpoint:
    """Returns the row of the generation that was not asked."""
    return row if asked is not row else TWINS[row]


def as_classic(reply: Reply) -> Reply:
    """Returns a list of tickets in the form of the classic endpoint, whichever form it has: rows in
    `data`, in `data.tickets`, or a bare array."""
    found = reply.bare
    if isinstance(found, dict):
        return reply
    listed = [_with_numbers(row) if isinstance(row, dict) else row for row in found]
    body = reply.body if isinstance(reply.body, dict) else {}
    data = Members({"tickets": listed})
    data |= {name: body[name] for name in PAGE if name in body}
    return reply._replace(body=Members({**body, "data": data}))


def _with_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in NUMBERS if isinstance(row.get(name), str)}
    numbers = {name: int(text) for name, text in found.items() if is_number(text)}
    return Members({**row, **numbers})
