"""Limits how many deliveries run at once, in total, per lane and per server.

Rule: a delivery that waits for its server holds no slot of another lane. Young deliveries share a
few slots. A delivery that lasts longer frees its slot and goes on; its lane is slow until one of
its deliveries ends in time. Slow lanes cannot use the slots reserved for other lanes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MOST_AT_ONCE = 256
"""Deliveries that run at once. Each takes a thread, a socket, and at most 64 KiB of a mail."""

MOST_SLOW = 192
"""Deliveries of slow lanes among them; the rest is reserved for lanes not known to be slow."""

MOST_YOUNG = 64
"""Deliveries younger than YOUNG_SECONDS. Starts are limited, waiting deliveries are not."""

YOUNG_SECONDS = 1.0

PER_LANE = 2
"""Deliveries of one lane at once; a slow lane has one."""

PER_SERVER = 16
"""Deliveries to one server at once, of all its mailboxes together."""

MOST_REMEMBERED = 10_000
"""Slow lanes that are remembered without a running delivery."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and the server of its deliveries; several mailboxes may share a server."""

    name: str
    server: str


@dataclass(slots=True)
class _Running:
    lane: Lane
    began: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlots:
    """The deliveries that may start now."""

    count: int
    """The most deliveries that may start."""

    closed: Sequence[str]
    """Lanes that may start no delivery."""

    single: frozenset[str]
    """Lanes that may start one delivery and not two, because they are slow or one runs already."""

    servers: dict[str, int]
    """The number of running deliveries to each server."""

    @property
    def full(self) -> Sequence[str]:
        """Servers that get no further delivery."""
        return [server for server, count in self.servers.items() if count >= PER_SERVER]

    def admits(self, lane: Lane, begun: Sequence[Lane]) -> bool:
        """Whether a lane may start a delivery after those in `begun`."""
        if len(begun) >= self.count:
            return False
        of_server = sum(other.server == lane.server for other in begun)
        if self.servers.get(lane.server, 0) + of_server >= PER_SERVER:
            return False
        return begun.count(lane) < (1 if lane.name in self.single else PER_LANE)


class DeliverySlots:
    """Counts running deliveries. Not thread-safe; the event loop alone uses it."""

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

    def free(self) -> FreeSlots:
        """Return what may start now."""
        slow = {*self._slow, *self._late_lanes()}
        counts = _count_names(one.lane.name for one in self._running.values())
        most = {name: 1 if name in slow else PER_LANE for name in {*counts, *slow}}
        are_slow_full = sum(counts.get(name, 0) for name in slow) >= MOST_SLOW
        closed = [
            name
            for name, limit in most.items()
            if counts.get(name, 0) >= limit or (are_slow_full and name in slow)
        ]
        young = sum(map(self._is_young, self._running.values()))
        return FreeSlots(
            count=max(0, min(MOST_YOUNG - young, MOST_AT_ONCE - len(self._running))),
            closed=closed,
            single=frozenset(
                name for name, limit in most.items() if limit - counts.get(name, 0) < 2
            ),
            servers=_count_names(one.lane.server for one in self._running.values()),
        )

    def _late_lanes(self) -> Iterator[str]:
        """The lanes with a delivery that has run for YOUNG_SECONDS or longer."""
        return (one.lane.name for one in self._running.values() if not self._is_young(one))

    def _is_young(self, running: _Running) -> bool:
        return self._clock() - running.began < YOUNG_SECONDS


def _count_names(names: Iterator[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found
