"""Lost tokens: a server has made them and their reply was lost. They are found and revoked.

Rule: a note is synced before the request, and only a definite answer deletes it. A lost token was
made at the time of the note and never used, so that no token that somebody has is revoked. One run
at a time mints or rotates a token, because the note of a run that goes on tells of no lost token.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import paths
from tickiti_cli.api.retry import moment
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import TickitiError
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.lock import file_locked
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.back_ends.back_end import BackEnd, Listed

SUFFIX = ".token.json"
TOLERANCE = timedelta(minutes=3)
"""Longest time between a note and the token: an attempt's longest time, and clocks that differ."""


class PendingToken(NamedTuple):
    """A token that was asked for: a new one, or with `family` the successor of `old_id`."""

    base_url: str
    name: str
    abilities: list[str]
    family: int | None = None
    old_id: int = 0
    begun_at: str = ""

    @property
    def file_name(self) -> str:
        """The name of the note, which is the same for the same command."""
        same = [self.base_url, self.family or [self.name, sorted(self.abilities)]]
        return sha256(json.dumps(same).encode()).hexdigest()[:16] + SUFFIX


class Notes:
    """The notes of one user, beside the journal."""

    def __init__(self, runtime: Runtime) -> None:
        self._folder = paths.journal_dir(runtime.environ)
        self._locks = paths.locks_dir(runtime.environ)

    def find(self, begun: PendingToken) -> PendingToken | None:
        """Return the note that the same command has left, if any."""
        return _read(self._folder / begun.file_name)

    def of_token(self, base_url: str, token_id: int | None) -> PendingToken | None:
        """Return the note of a rotation of that token, if any."""
        found = (_read(path) for path in self._folder.glob(f"*{SUFFIX}"))
        mine = (base_url, token_id)
        return next((note for note in found if note and (note.base_url, note.old_id) == mine), None)

    def forget(self, begun: PendingToken) -> None:
        # The folder stays, because another run may be about to write into it.
        with suppress(OSError):
            (self._folder / begun.file_name).unlink(missing_ok=True)

    def alone(
        self, begun: PendingToken, doing: str, *, patience: float = 0.0
    ) -> AbstractContextManager[None]:
        """Keep other runs of the same command out, after waiting `patience` seconds for one to end.
        Raises LockedOut, ConfigProblem."""
        # No name of --lock begins with a dot.
        path = self._locks / f".{begun.file_name.removesuffix('.json')}.lock"
        busy = f"Another run is {doing} token '{begun.name}'."
        return file_locked(path, busy=busy, patience=patience)

    @contextmanager
    def kept(self, begun: PendingToken) -> Iterator[None]:
        """Keep a note while the block sends a request. Raises ConfigProblem before that."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        path = self._folder / begun.file_name
        write_private(path, json.dumps(begun._replace(begun_at=now)._asdict()) + "\n")
        try:
            yield
        except (ApiError, TickitiError) as error:
            if error.outcome != "unknown":
                self.forget(begun)
            raise
        self.forget(begun)


def among(listed: Listed, begun: PendingToken) -> list[Mapping[str, Any]]:
    """Return the rows of a list of all tokens that can only be the lost token."""
    server, here = moment(listed.date), datetime.now(UTC)
    at = datetime.fromisoformat(begun.begun_at) + (server - here if server else timedelta())
    return [row for row in listed.rows if _is_lost_token(row, begun, at)]


def revoke(
    runtime: Runtime,
    back_end: BackEnd,
    rows: list[Mapping[str, Any]],
    *,
    reinstates: bool = False,
) -> None:
    """Revoke the lost tokens. Raises ApiError."""
    ids = [row["id"] for row in rows]
    back_end.revoke(ids, reinstates=reinstates)
    for token_id in ids:
        runtime.output.progress(f"Revoked token {token_id}, whose reply was lost.")


def _is_lost_token(row: Mapping[str, Any], begun: PendingToken, at: datetime) -> bool:
    created = _moment(row.get("created_at"))
    if created is None or abs(created - at) > TOLERANCE:
        return False
    if (row.get("status"), row.get("last_used_at")) != ("active", None):
        return False
    if begun.family is not None:
        return bool(row.get("family") == begun.family and row["id"] > begun.old_id)
    # Of a preset, abilities may have been left out.
    abilities = _set(row.get("abilities"))
    return row.get("name") == begun.name and bool(abilities) and abilities <= {*begun.abilities}


def _set(found: object) -> set[object]:
    return {*map(str, found)} if isinstance(found, list) else set()


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _read(path: Path) -> PendingToken | None:
    """Read a note. A damaged note counts as none, because it is only a help for the user."""
    try:
        found = PendingToken(**json.loads(path.read_text("utf-8")))
        moment_of(found.begun_at)
    except (OSError, ValueError, TypeError):
        return None
    return found
