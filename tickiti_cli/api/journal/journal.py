"""What was sent and is not yet known to have arrived.

The rule of this file: an entry is on the disk before the connection opens, and only a definite
answer closes it. A pending entry lies in `ID.pending.json`, a closed one in `ID.closed.json`; where
a crash left both, the closed one counts. The process that works on an entry holds a lock on its
file, so of two that would finish it one does.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

from tickiti_cli.contract.file_system import lock
from tickiti_cli.credentials import write_private
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem, LockedOut, NothingFound

MOST_CLOSED = 1000
"""Closed entries are for looking back; the oldest beyond these are removed."""

NEIGHBOURS = 8
"""How many entries on either side may tell how wrong this machine's clock was."""

WINDOW = timedelta(days=30) - timedelta(hours=1)
"""A server knows a key for thirty days at least; an hour is left for clocks that differ."""

_PENDING, _CLOSED = ".pending.json", ".closed.json"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")


class State(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    DAMAGED = "damaged"
    """What the file says cannot be read: nobody knows."""


class Bearer(NamedTuple):
    """Which token sent a key, without its secret: a server keeps keys by the token's family."""

    token_id: int | None = None
    """The number before the bar; None for a token that has none, and where nobody noted it."""

    token_digest: str = ""
    """Of the whole token: two servers may give one number to two tokens."""

    @classmethod
    def of(cls, token: str) -> Self:
        digits, bar, _ = token.partition("|")
        is_number = bool(bar) and digits.isascii() and digits.isdigit() and len(digits) <= 18
        return cls(int(digits) if is_number else None, sha256(token.encode()).hexdigest()[:16])


class Entry(NamedTuple):
    """One operation. `body` is the exact text that every attempt sends; a closed one has none. A
    damaged one has an id alone."""

    id: str
    state: State
    endpoint: str = ""
    """Its name in the catalogue."""

    key: str = ""
    profile: str | None = None
    base_url: str = ""
    body: str | None = None
    body_sha256: str = ""
    first_sent_at: str = ""
    closed_at: str | None = None
    result: Any = None
    """The reply's data, or the sentence of the refusal."""

    token_id: int | None = None
    token_digest: str = ""

    clock_offset: float | None = None
    """Seconds by which the server's clock was ahead of this one, when it last answered."""

    @property
    def bearer(self) -> Bearer:
        """Whose key it is; version 0.1.0 noted nobody."""
        return Bearer(self.token_id, self.token_digest)

    def is_like(self, other: "Entry") -> bool:
        """Whether both have the same body, server and profile."""
        return (self.body_sha256, self.base_url, self.profile) == (
            other.body_sha256,
            other.base_url,
            other.profile,
        )

    def is_repeated_by(self, other: "Entry") -> bool:
        """Whether to send the other is to finish this one: its key is the same, too."""
        mine = (self.key, self.endpoint, self.bearer)
        return self.is_like(other) and mine == (other.key, other.endpoint, other.bearer)


class Journal:
    """The entries of one user, a file each, which nobody else can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: list[int] = []
        """What this process holds until it ends."""

    def new(
        self,
        endpoint: str,
        *,
        key: str,
        content: bytes,
        base_url: str,
        profile: str | None,
        bearer: Bearer,
    ) -> Entry:
        """An operation that is not noted yet."""
        now = datetime.now(UTC)
        return Entry(
            # In the order of time, to the microsecond, and never twice.
            id=f"{now:%Y%m%dT%H%M%S}-{now.microsecond:06d}{os.urandom(1).hex()}",
            state=State.PENDING,
            endpoint=endpoint,
            key=key,
            profile=profile,
            base_url=base_url,
            body=content.decode(),
            body_sha256=sha256(content).hexdigest(),
            first_sent_at=now.isoformat(timespec="seconds"),
            **bearer._asdict(),
        )

    def begin(self, entry: Entry) -> None:
        """Note an operation that is about to be sent; it survives a power cut from here on.

        Raises ConfigProblem where it cannot be noted: nothing has been sent then.
        """
        path = self._folder / f"{entry.id}{_PENDING}"
        try:
            write_private(path, _text(entry))
        except ConfigProblem as problem:
            hint = "Nothing was sent. Make room there, or do without its safety: --no-journal"
            raise ConfigProblem(problem.message, hint=hint) from problem
        # Should another process have been quicker, both send the same: the key makes it one.
        with suppress(OSError):
            self._locks.append(_locked(path))

    @contextmanager
    def held(self, entry: Entry) -> Iterator[Entry]:
        """The entry as it is now, which no other process works on meanwhile. Raises LockedOut."""
        descriptor = None
        try:
            descriptor = _locked(self._folder / f"{entry.id}{_PENDING}")
        except FileNotFoundError:
            pass  # closed meanwhile
        except BlockingIOError:
            raise LockedOut(f"Operation {entry.id} is under way in another process.") from None
        except OSError as error:
            named = error.filename or self._folder
            raise ConfigProblem(f"{named} cannot be locked: {error.strerror}.") from error
        try:
            yield self.find(entry.id)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def twin_of(self, new: Entry) -> Entry | None:
        """An open operation that sends the very same to the same server: perhaps the one that is
        meant again."""
        found = (entry for entry in self.pending() if entry.is_like(new))
        return next((entry for entry in found if _do_the_same(entry.endpoint, new.endpoint)), None)

    def close(self, entry: Entry, state: State, result: Any) -> None:
        """Note a definite answer. Should that fail, resuming gets the same answer again."""
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

    def keep(self, entry: Entry) -> None:
        """Note what was learnt of one that stays open; what cannot be noted is not missed."""
        with suppress(ConfigProblem):
            write_private(self._folder / f"{entry.id}{_PENDING}", _text(entry), is_durable=False)

    def near(self, entry: Entry) -> Iterator[Entry]:
        """Those that were begun just before and just after it, by the clock of this machine."""
        ids = sorted(self._ids())
        at = ids.index(entry.id) if entry.id in ids else len(ids)
        for entry_id in (*ids[max(0, at - NEIGHBOURS) : at], *ids[at + 1 : at + 1 + NEIGHBOURS]):
            with suppress(NothingFound):
                yield self.look(entry_id)

    def every(self) -> Iterator[Entry]:
        """Newest first."""
        for entry_id in sorted(self._ids(), reverse=True):
            with suppress(NothingFound):  # another process removed it
                yield self.look(entry_id)

    def pending(self) -> list[Entry]:
        """Oldest first: the order in which they were meant. The damaged ones are among them."""
        ids = sorted(path.name.removesuffix(_PENDING) for path in self._folder.glob(f"*{_PENDING}"))
        found: list[Entry] = []
        for entry_id in ids:
            with suppress(NothingFound):
                found.append(self.look(entry_id))
        return [entry for entry in found if entry.state in (State.PENDING, State.DAMAGED)]

    def look(self, entry_id: str) -> Entry:
        """As `find`, but a file that holds no entry is a damaged one."""
        try:
            return self.find(entry_id)
        except ConfigProblem:
            return Entry(id=entry_id, state=State.DAMAGED)

    def find(self, entry_id: str) -> Entry:
        """Raises NothingFound, or ConfigProblem for a file that holds no entry."""
        if _ID.fullmatch(entry_id):
            # An open one may be closed between two looks.
            for suffix in (_CLOSED, _PENDING, _CLOSED):
                with suppress(FileNotFoundError):
                    return _read(self._folder / f"{entry_id}{suffix}")
        raise NothingFound(f"There is no operation '{entry_id}'.", hint="See: tickiti op list")

    def forget(self, entry: Entry) -> None:
        for suffix in (_PENDING, _CLOSED):
            (self._folder / f"{entry.id}{suffix}").unlink(missing_ok=True)

    def _ids(self) -> set[str]:
        names = (path.name.partition(".")[0] for path in self._folder.glob("*.json"))
        return {name for name in names if _ID.fullmatch(name)}

    def _prune(self) -> None:
        closed = sorted(self._folder.glob(f"*{_CLOSED}"))
        for path in closed[:-MOST_CLOSED]:
            path.unlink(missing_ok=True)


def _do_the_same(one: str, other: str) -> bool:
    """Of two endpoints, also where they are of different generations."""
    if one == other:
        return True
    from tickiti_cli.contract.catalogue import CATALOGUE  # noqa: PLC0415 - rare, and many modules

    rows = CATALOGUE.get(one), CATALOGUE.get(other)
    actions = {row.action if row else name for row, name in zip(rows, (one, other), strict=True)}
    return len(actions) == 1


def _text(entry: Entry) -> str:
    return json.dumps(entry._asdict(), ensure_ascii=False, indent=1) + "\n"


def _locked(path: Path) -> int:
    """A descriptor with the lock, which ends with it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        lock(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _read(path: Path) -> Entry:
    """Raises FileNotFoundError, or ConfigProblem."""
    try:
        members = json.loads(path.read_text("utf-8"))
        entry = Entry(**{**members, "state": State(members["state"])})
        moment_of(entry.first_sent_at)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigProblem(
            f"{path} is no operation that this version can read: {error}.",
            hint="Move the file away to go on without it.",
        ) from error
    return entry
