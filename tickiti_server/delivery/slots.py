"""How many deliveries may run at once, and whose turn it is not.

The rule of this file: a delivery that waits for its server holds no other lane's place. Deliveries
share a few places while they are young. One that lasts longer gives its place back and goes on
beside them; its lane is slow until a delivery of it ends in time, and slow lanes can never use up
what is kept for the others.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MOST_AT_ONCE = 256
"""Deliveries under way. Each is a thread and a socket, and 64 KiB of a mail at most."""

MOST_SLOW = 192
"""Of these, as many may be of slow lanes; the rest is for lanes that are not known to be slow."""

MOST_YOUNG = 64
"""Deliveries that began a moment ago: what begins at once is limited, what waits is not."""

YOUNG_SECONDS = 1.0

ABREAST = 2
"""Deliveries of one lane at once; a slow lane has one."""

PER_SERVER = 16
"""Deliveries to one server at once, whichever mailboxes they are of."""

MOST_REMEMBERED = 10_000
"""Slow lanes that are remembered when nothing of them is under way."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and the server that its deliveries go to: several mailboxes may share a server."""

    name: str
    server: str


@dataclass(slots=True)
class _Running:
    lane: Lane
    began: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may begin now."""

    free: int
    """Deliveries at most."""

    closed: Sequence[str]
    """Lanes that may begin nothing."""

    single: frozenset[str]
    """Lanes that may begin one delivery more, not two: they are slow, or one is under way."""

    servers: dict[str, int]
    """Deliveries under way to each server."""

    @property
    def full(self) -> Sequence[str]:
        """Servers that get nothing more."""
        return [server for server, count in self.servers.items() if count >= PER_SERVER]

    def takes(self, lane: Lane, begun: Sequence[Lane]) -> bool:
        """Whether the lane may begin another delivery after those that this offer has begun."""
        if len(begun) >= self.free:
            return False
        of_server = sum(other.server == lane.server for other in begun)
        if self.servers.get(lane.server, 0) + of_server >= PER_SERVER:
            return False
        return begun.count(lane) < (1 if lane.name in self.single else ABREAST)


class Places:
    """Not for threads: the event loop's own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._running: dict[object, _Running] = {}
        self._slow: dict[str, None] = {}

    def begin(self, delivery: object, lane: Lane) -> None:
        self._running[delivery] = _Running(lane, self._clock())

    def end(self, delivery: object) -> None:
        found = self._running.pop(delivery)
        name = found.lane.name
        self._slow.pop(name, None)
        if not self._is_young(found):
            self._slow[name] = None
            while len(self._slow) > MOST_REMEMBERED:
                del self._slow[next(iter(self._slow))]

    def offer(self) -> Offer:
        """What may begin now."""
        slow = {*self._slow, *self._late()}
        counts = _counted(one.lane.name for one in self._running.values())
        most = {name: 1 if name in slow else ABREAST for name in {*counts, *slow}}
        are_slow_full = sum(counts.get(name, 0) for name in slow) >= MOST_SLOW
        closed = [
            name
            for name, limit in most.items()
            if counts.get(name, 0) >= limit or (are_slow_full and name in slow)
        ]
        young = sum(map(self._is_young, self._running.values()))
        return Offer(
            free=max(0, min(MOST_YOUNG - young, MOST_AT_ONCE - len(self._running))),
            closed=closed,
            single=frozenset(
                name for name, limit in most.items() if limit - counts.get(name, 0) < 2
            ),
            servers=_counted(one.lane.server for one in self._running.values()),
        )

    def _late(self) -> Iterator[str]:
        """The lanes with a delivery that is under way for too long."""
        return (one.lane.name for one in self._running.values() if not self._is_young(one))

    def _is_young(self, running: _Running) -> bool:
        return self._clock() - running.began < YOUNG_SECONDS


def _counted(names: Iterator[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found
