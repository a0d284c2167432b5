"""Tokens that a server made and nobody got, because the reply was lost: noted, found, revoked.

The rule of this file: a note is on the disk before a token is asked for, and only a definite answer
removes it. What is taken for the lost token was made in that moment and never used: a token that
somebody has is not touched.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import locations
from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.credentials import write_private
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ForeignReply, TickitiError
from tickiti_cli.replies import Reply
from tickiti_cli.retrying import moment
from tickiti_cli.runtime import Runtime

SUFFIX = ".token.json"
AROUND = timedelta(minutes=3)
"""Between a request and the token it made: an attempt's longest time, and clocks that differ."""


class Begun(NamedTuple):
    """A token that was asked for: a new one, or with `family` the one that follows `old_id`."""

    base_url: str
    name: str
    abilities: list[str]
    family: int | None = None
    old_id: int = 0
    begun_at: str = ""

    @property
    def path_name(self) -> str:
        """The same for the same command."""
        same = [self.base_url, self.family or [self.name, sorted(self.abilities)]]
        return sha256(json.dumps(same).encode()).hexdigest()[:16] + SUFFIX


class Notes:
    """Those of one user, beside the journal."""

    def __init__(self, runtime: Runtime) -> None:
        self._folder = locations.journal_dir(runtime.environ)

    def find(self, begun: Begun) -> Begun | None:
        """What was begun before by the same command, and has no definite answer."""
        return _read(self._folder / begun.path_name)

    def of_token(self, base_url: str, token_id: int | None) -> Begun | None:
        """A rotation of that token that has no definite answer."""
        found = (_read(path) for path in self._folder.glob(f"*{SUFFIX}"))
        mine = (base_url, token_id)
        return next((note for note in found if note and (note.base_url, note.old_id) == mine), None)

    def forget(self, begun: Begun) -> None:
        with suppress(OSError):
            (self._folder / begun.path_name).unlink(missing_ok=True)
            self._folder.rmdir()  # where nothing else is in it, all is as before

    @contextmanager
    def kept(self, begun: Begun) -> Iterator[None]:
        """Around the request. Raises ConfigProblem where nothing can be noted, before it."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        path = self._folder / begun.path_name
        write_private(path, json.dumps(begun._replace(begun_at=now)._asdict()) + "\n")
        try:
            yield
        except (ApiError, TickitiError) as error:
            if error.outcome != "unknown":
                self.forget(begun)
            raise
        self.forget(begun)


def made_of(reply: Reply) -> dict[str, Any]:
    """The row of a new token. Raises ForeignReply, of unknown outcome, where the reply does not
    hold what nobody can ask for again."""
    made = reply.accepted
    if isinstance(made.get("id"), int) and isinstance(made.get("token"), str):
        return made
    error = ForeignReply("The server's reply does not hold the new token.", status=200)
    error.outcome = "unknown"
    raise error


def among(listed: Reply, begun: Begun) -> list[Mapping[str, Any]]:
    """The rows that can only be what was begun, of a reply that lists all tokens."""
    server, here = moment(listed.header("date")), datetime.now(UTC)
    at = datetime.fromisoformat(begun.begun_at) + (server - here if server else timedelta())
    return [row for row in listed.data["tokens"] if _is_it(row, begun, at)]


def revoke(runtime: Runtime, rows: list[Mapping[str, Any]], *, reinstates: bool = False) -> None:
    """Raises what the server says against it."""
    ids = [row["id"] for row in rows]
    request = {"ids": ids} | ({"reinstate": True} if reinstates else {})
    runtime.client.call(tokens.revoke, request)
    for token_id in ids:
        runtime.output.progress(f"Token {token_id}, whose reply was lost, is revoked.")


def _is_it(row: Mapping[str, Any], begun: Begun, at: datetime) -> bool:
    created = _moment(row.get("created_at"))
    if created is None or abs(created - at) > AROUND:
        return False
    if (row.get("status"), row.get("last_used_at")) != ("active", None):
        return False
    if begun.family is not None:
        return bool(row.get("family") == begun.family and row["id"] > begun.old_id)
    return row.get("name") == begun.name and _set(row.get("abilities")) == {*begun.abilities}


def _set(found: object) -> set[object]:
    return {*map(str, found)} if isinstance(found, list) else set()


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _read(path: Path) -> Begun | None:
    """A note that cannot be read is none: it says only what may be missed."""
    try:
        found = Begun(**json.loads(path.read_text("utf-8")))
        moment_of(found.begun_at)
    except (OSError, ValueError, TypeError):
        return None
    return found
