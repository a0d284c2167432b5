"""Faults: rules by which a server in test mode fails on purpose.

Rule: the same faults and the same requests in the same order fail in the same way. A fault decides
by counting, or by a random generator of its own with a given seed; never by the time.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

HTTP, SMTP, CALLBACK = "http", "smtp", "callback"
"""The kinds of traffic that a fault concerns: requests, mail of the mailbox `local`, webhooks."""


class Traffic(NamedTuple):
    """A request, a mail or a webhook that a fault may fire on."""

    of: str
    path: str = ""
    key: str = ""
    token_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule. `action` names what happens, the members below it how."""

    action: str
    of: str = HTTP
    route: str = "all"
    covers: Callable[[str], bool] = lambda _: True
    """Whether the route includes a path."""

    value: float | None = None
    """The status, seconds or bytes of the action, as given."""

    status: int | None = None
    body: bytes | None = None
    seconds: float = 0.0
    count: int = 0
    """Bytes of --truncate, bytes per second of --slow."""

    times: int | None = None
    """How often the fault fires; None until it is cleared."""

    after: int = 0
    """Matching requests that pass first."""

    probability: float = 1.0
    seed: int = 0
    key: str | None = None
    token_id: int | None = None

    def matches(self, traffic: Traffic) -> bool:
        return (
            self.of == traffic.of
            and (self.of != HTTP or self.covers(traffic.path))
            and (self.key is None or fnmatchcase(traffic.key, self.key))
            and self.token_id in (None, traffic.token_id)
        )


@dataclass(slots=True)
class ActiveFault:
    """A fault with its counts."""

    id: int
    fault: Fault
    matched: int = 0
    fired: int = 0
    drawn: random.Random = field(default_factory=random.Random)

    def fires(self, traffic: Traffic) -> bool:
        """Count matching traffic, and decide. A fault that has fired often enough is over."""
        fault = self.fault
        if self.is_over or not fault.matches(traffic):
            return False
        self.matched += 1
        if self.matched <= fault.after or self.drawn.random() >= fault.probability:
            return False
        self.fired += 1
        return True

    @property
    def is_over(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times


class Faults:
    """The faults of one server. Used from several threads."""

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []
        self._next_id = 1
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> ActiveFault:
        with self._lock:
            added = ActiveFault(self._next_id, fault, drawn=random.Random(fault.seed))  # noqa: S311
            self._next_id += 1
            self._active.append(added)
            return added

    def list(self) -> Sequence[ActiveFault]:
        with self._lock:
            return [*self._active]

    def remove(self, ids: Sequence[int] | None = None) -> int:
        """Remove these faults, or all. Returns how many there were."""
        with self._lock:
            kept = [one for one in self._active if ids is not None and one.id not in ids]
            removed = len(self._active) - len(kept)
            self._active = kept
            return removed

    def reset(self) -> None:
        """Remove all faults, and count their ids from 1 again."""
        with self._lock:
            self._active, self._next_id = [], 1

    def fire(self, traffic: Traffic) -> ActiveFault | None:
        """The first fault that fires on this traffic. Faults after that one do not count the
        traffic."""
        with self._lock:
            return next((one for one in self._active if one.fires(traffic)), None)

    def concern(self, of: str) -> bool:
        """Whether a fault may still fire on traffic of this kind."""
        with self._lock:
            return any(one.fault.of == of and not one.is_over for one in self._active)


_armed: Faults | None = None
"""The faults of this process; None unless it is a server in test mode."""


def arm() -> Faults:
    """Let this process fail on purpose."""
    global _armed  # noqa: PLW0603 - one process is one server
    _armed = Faults()
    return _armed


def armed() -> Faults:
    """The faults of a server in test mode."""
    assert _armed is not None
    return _armed


def every_fault() -> Sequence[ActiveFault]:
    """The faults of this process; none outside test mode."""
    return _armed.list() if _armed is not None else []


def holds_local_mail() -> bool:
    """Whether mail of the mailbox `local` waits for the dispatcher, because it may fail."""
    return _armed is not None and _armed.concern(SMTP)
