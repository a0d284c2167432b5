"""The journal of write operations, so that one without an answer can be resumed.

Rule: an operation is synced to the disk before the connection opens, and only a definite answer
closes the operation. A pending one lies in `ID.pending.json`, a closed one in `ID.closed.json`;
after a crash that left both, the closed one counts. The process that works on an operation locks
its file, so that no second process sends the same request.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

from tickiti_cli.config.addresses import one_spelling
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem, LockedOut, NothingFound
from tickiti_cli.files.atomic_write import cure_of, write_private
from tickiti_cli.files.lock import open_locked

MOST_CLOSED = 1000
"""Limit of closed operations, which only `op list` shows; the oldest ones beyond it are removed."""

NEIGHBOURS = 8
"""Operations on either side that are searched for an offset of this machine's clock."""

WINDOW = timedelta(days=30) - timedelta(hours=1)
"""A server keeps a key for at least thirty days; one hour is left for clocks that differ."""

_PENDING, _CLOSED = ".pending.json", ".closed.json"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")


class State(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    RESET = "reset"
    """The test server was reset after it was sent: nothing of the operation is left."""

    DAMAGED = "damaged"
    """The file cannot be read, so that the outcome is unknown."""


class Bearer(NamedTuple):
    """The token that sent a key, without its secret. A server keeps keys by the token's family."""

    token_id: int | None = None
    """The number before the bar; None for a token without one, and where none was stored."""

    token_digest: str = ""
    """Digest of the whole token, because two servers may give one number to two tokens."""

    @classmethod
    def of(cls, token: str) -> Self:
        digits, bar, _ = token.partition("|")
        is_number = bool(bar) and digits.isascii() and digits.isdigit() and len(digits) <= 18
        return cls(int(digits) if is_number else None, sha256(token.encode()).hexdigest()[:16])


class Operation(NamedTuple):
    """One operation. `body` is the exact text that every attempt sends; a closed operation has
    none. A damaged operation has an id only."""

    id: str
    state: State
    endpoint: str = ""
    """The name of the endpoint in the catalogue."""

    key: str = ""
    profile: str | None = None
    base_url: str = ""
    body: str | None = None
    body_sha256: str = ""
    first_sent_at: str = ""
    closed_at: str | None = None
    result: Any = None
    """The data of the reply, or the sentence of the error."""

    token_id: int | None = None
    token_digest: str = ""

    clock_offset: float | None = None
    """Seconds by which the server's clock was ahead of this machine's at the last answer."""

    files: Sequence[Mapping[str, Any]] = ()
    """Path, name and sha256 of each uploaded file, because a server forgets what nothing names."""

    @property
    def bearer(self) -> Bearer:
        """The token that owns the key. Version 0.1.0 stored none."""
        return Bearer(self.token_id, self.token_digest)

    def is_like(self, other: "Operation") -> bool:
        """True if both have the same body, server and profile."""
        mine = (self.body_sha256, self.base_url, self.profile)
        return mine == (other.body_sha256, other.base_url, other.profile)

    def is_repeated_by(self, other: "Operation") -> bool:
        """True if sending the other operation finishes this one: same key, endpoint and token
        too."""
        mine = (self.key, self.endpoint, self.bearer)
        return self.is_like(other) and mine == (other.key, other.endpoint, other.bearer)


class Journal:
    """The operations of one user. Each has its own file, which only the user can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, int] = {}
        """Descriptors with a lock, by the operation that is under way."""

    def new(
        self,
        endpoint: str,
        *,
        key: str,
        content: bytes,
        base_url: str,
        profile: str | None,
        bearer: Bearer,
        files: Sequence[Mapping[str, Any]] = (),
    ) -> Operation:
        """Returns an operation that is not yet in the journal."""
        now = datetime.now(UTC)
        return Operation(
            # Sorts by time to the microsecond; the random byte makes it unique.
            id=f"{now:%Y%m%dT%H%M%S}-{now.microsecond:06d}{os.urandom(1).hex()}",
            state=State.PENDING,
            endpoint=endpoint,
            key=key,
            profile=profile,
            base_url=base_url,
            body=content.decode(),
            body_sha256=sha256(content).hexdigest(),
            first_sent_at=now.isoformat(timespec="seconds"),
            files=files,
            **bearer._asdict(),
        )

    def begin(self, entry: Operation) -> None:
        """Writes an operation to the disk before its request leaves, so that it survives a power
        cut.

        Raises ConfigProblem where it cannot be written. The request has not been sent then.
        """
        path = self._folder / f"{entry.id}{_PENDING}"
        try:
            write_private(path, _text(entry))
        except ConfigProblem as problem:
            hint = f"Nothing was sent. {cure_of(problem)}, or send without it: --no-journal"
            raise ConfigProblem(problem.message, hint=hint) from problem
        # If another process locks the file first, both send the same key: one operation.
        with suppress(OSError):
            self._locks[entry.id] = open_locked(path)

    def release(self, entry: Operation) -> None:
        """Ends the lock of `begin`: this process sends nothing more of the operation."""
        if (descriptor := self._locks.pop(entry.id, None)) is not None:
            os.close(descriptor)

    @contextmanager
    def locked(self, entry: Operation) -> Iterator[Operation]:
        """Yields the operation as it is now, under its lock. Raises LockedOut."""
        descriptor = None
        try:
            descriptor = open_locked(self._folder / f"{entry.id}{_PENDING}")
        except FileNotFoundError:
            pass  # another process has closed the operation
        except BlockingIOError:
            raise LockedOut(f"Operation {entry.id} is being sent by another process.") from None
        except OSError as error:
            named = error.filename or self._folder
            raise ConfigProblem(f"{named} cannot be locked: {error.strerror}.") from error
        try:
            yield self.find(entry.id)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def find_same(self, new: Operation) -> Operation | None:
        """Returns an open operation with the same body, server and profile. The user may be about
        to repeat the operation. A default that only v1 is sent makes no difference."""
        at = (new.base_url, new.profile)
        there = [entry for entry in self.pending() if (entry.base_url, entry.profile) == at]
        if not there:
            return None
        from tickiti_cli.api.journal.sameness import do_the_same, meaning  # noqa: PLC0415 - rare

        meant = meaning(new.body, new.body_sha256)
        alike = (
            entry
            for entry in there
            if entry.is_like(new) or meaning(entry.body, entry.body_sha256) == meant
        )
        return next((entry for entry in alike if do_the_same(entry.endpoint, new.endpoint)), None)

    def close(self, entry: Operation, state: State, result: Any) -> None:
        """Closes an operation with a definite answer. If the file cannot be written, `op resume`
        gets the same answer again."""
        closed = entry._replace(
            state=state,
            body=None,
            closed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            result=result,
        )
        with suppress(OSError, ConfigProblem):
            path = self._folder / f"{entry.id}{_CLOSED}"
            write_private(path, _text(closed), is_durable=False)
            (self._folder / f"{entry.id}{_PENDING}").unlink(missing_ok=True)
            self._prune()

    def keep(self, entry: Operation) -> None:
        """Updates an operation that stays open, if the file can be written."""
        with suppress(ConfigProblem):
            write_private(self._folder / f"{entry.id}{_PENDING}", _text(entry), is_durable=False)

    def near(self, entry: Operation) -> Iterator[Operation]:
        """Yields the operations that began just before and just after, by this machine's clock."""
        ids = sorted(self._ids())
        at = ids.index(entry.id) if entry.id in ids else len(ids)
        for entry_id in (*ids[max(0, at - NEIGHBOURS) : at], *ids[at + 1 : at + 1 + NEIGHBOURS]):
            with suppress(NothingFound):
                yield self.read_or_damaged(entry_id)

    def every(self) -> Iterator[Operation]:
        """Yields every operation, the newest first."""
        for entry_id in sorted(self._ids(), reverse=True):
            with suppress(NothingFound):  # another process removed it
                yield self.read_or_damaged(entry_id)

    def pending(self) -> list[Operation]:
        """Returns the open operations, damaged ones included, in the order in which they began."""
        ids = sorted(path.name.removesuffix(_PENDING) for path in self._folder.glob(f"*{_PENDING}"))
        found: list[Operation] = []
        for entry_id in ids:
            with suppress(NothingFound):
                found.append(self.read_or_damaged(entry_id))
        return [entry for entry in found if entry.state in (State.PENDING, State.DAMAGED)]

    def read_or_damaged(self, entry_id: str) -> Operation:
        """Returns an operation; a file that cannot be read is a damaged operation."""
        try:
            return self.find(entry_id)
        except ConfigProblem:
            return Operation(id=entry_id, state=State.DAMAGED)

    def find(self, entry_id: str) -> Operation:
        """Returns an operation by its id. Raises NothingFound, or ConfigProblem for a damaged
        file."""
        if _ID.fullmatch(entry_id):
            # Another process may close a pending operation between two reads.
            for suffix in (_CLOSED, _PENDING, _CLOSED):
                with suppress(FileNotFoundError):
                    return _read(self._folder / f"{entry_id}{suffix}")
        raise NothingFound(f"There is no operation '{entry_id}'.", hint="See: tickiti op list")

    def forget(self, entry: Operation) -> None:
        for suffix in (_PENDING, _CLOSED):
            (self._folder / f"{entry.id}{suffix}").unlink(missing_ok=True)

    def _ids(self) -> set[str]:
        names = (path.name.partition(".")[0] for path in self._folder.glob("*.json"))
        return {name for name in names if _ID.fullmatch(name)}

    def _prune(self) -> None:
        closed = sorted(self._folder.glob(f"*{_CLOSED}"))
        for path in closed[:-MOST_CLOSED]:
            path.unlink(missing_ok=True)


def _text(entry: Operation) -> str:
    return json.dumps(entry._asdict(), ensure_ascii=False, indent=1) + "\n"


def _read(path: Path) -> Operation:
    """Raises FileNotFoundError, or ConfigProblem."""
    try:
        members = json.loads(path.read_text("utf-8"))
        state, base_url = State(members["state"]), one_spelling(str(members.get("base_url", "")))
        entry = Operation(**{**members, "state": state, "base_url": base_url})
        moment_of(entry.first_sent_at)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"{path} is not an operation that this version can read: {error}."
        raise ConfigProblem(message, hint="Move the file away to go on without it.") from error
    return entry
