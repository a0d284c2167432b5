"""Admission of connections: slots, eviction, and a queue for more connections than slots.

Rule: a new connection evicts an idle one; if all are busy, it evicts the slowest that waits for its
client. New connections queue for a moment. The next slot goes to the address with the fewest
admitted connections, and within an address to the connection that has waited longest. Rejecting at
once would be a lottery that the client with the most attempts wins.
"""

import asyncio
from collections import Counter
from typing import Protocol

SWEEP_SECONDS = 0.1
IDLE_SWEEPS = 2
"""A connection may be evicted after it was idle for this many sweeps.

Counted in sweeps, because between two sweeps the event loop has read every socket: a request in the
kernel's buffer is seen first, however slow the loop is.
"""

SLOW_SECONDS = 0.3
"""A client that has sent or read nothing complete for this long counts as slow."""

WAITING_PER_SLOT = 4
"""Queued connections for each slot. They cost little memory, and they wait only seconds."""


class Connection(Protocol):
    """The part of a connection that admission uses."""

    address: str
    """The client's IP address."""

    def on_admitted(self) -> None:
        """Called when the connection gets a slot, at once or after a wait."""
        ...

    def evict(self) -> None:
        """Called when the server evicts this idle connection. No request is running."""
        ...

    def evict_slow(self) -> None:
        """Called when the server evicts this connection because its client is slow."""
        ...

    def rate(self, now: float) -> float:
        """Bytes per second that the client has sent or read since it was marked as waiting."""
        ...

    def reject(self) -> None:
        """Called when the connection gets no slot: the queue is full, or the wait is over."""
        ...


class Admission:
    """The slots of one server, the sweep since which each is idle, and the waiting queue."""

    def __init__(self, most: int, *, waiting_seconds: float) -> None:
        self._most = most
        self._waiting_seconds = waiting_seconds
        self._admitted: set[Connection] = set()
        self._per_address: Counter[str] = Counter()
        """The number of admitted connections of each address."""

        self._idle: dict[Connection, int] = {}
        self._slow: dict[Connection, float] = {}
        """Connections that wait for their client, with the time since when."""

        self._waiting = WaitingQueue()
        self._sweeps = 0
        self._next_sweep: asyncio.TimerHandle | None = None

    @property
    def is_crowded(self) -> bool:
        return bool(self._waiting.size)

    def admit(self, connection: Connection) -> None:
        """Give the connection a slot or queue it. Rejects one if the queue is full."""
        if len(self._admitted) < self._most:
            self._admit_now(connection)
            return
        self._waiting.add(connection, asyncio.get_running_loop().time())
        if self._waiting.size > WAITING_PER_SLOT * self._most:
            self._waiting.pop_excess(connection).reject()
        self._evict_idle()
        self._sweep_soon()

    def mark_busy(self, connection: Connection) -> None:
        """A request runs on the connection, so that it is not evicted."""
        self._idle.pop(connection, None)
        self._slow.pop(connection, None)

    def mark_waiting(self, connection: Connection) -> bool:
        """The running request waits for its client to send or read.

        Returns False if the connection has no slot or was marked already.
        """
        if connection not in self._admitted or connection in self._slow:
            return False
        self._slow[connection] = asyncio.get_running_loop().time()
        return True

    def mark_idle(self, connection: Connection) -> None:
        """Called when no request runs on the connection any more. The next one may already be in
        the kernel's buffer."""
        self._slow.pop(connection, None)
        if connection in self._admitted:
            self._idle[connection] = self._sweeps

    def release(self, connection: Connection) -> None:
        """Free the slot or the place in the queue. A second call does nothing."""
        if connection in self._admitted:
            self._admitted.discard(connection)
            self._per_address[connection.address] -= 1
            if not self._per_address[connection.address]:
                del self._per_address[connection.address]
        self._idle.pop(connection, None)
        self._slow.pop(connection, None)
        self._waiting.discard(connection)
        self._fill()

    def _admit_now(self, connection: Connection) -> None:
        self._admitted.add(connection)
        self._per_address[connection.address] += 1
        self._idle[connection] = self._sweeps
        connection.on_admitted()
        self._sweep_soon()

    def _fill(self) -> None:
        while self._waiting.size and len(self._admitted) < self._most:
            self._admit_now(self._waiting.next(self._per_address))

    def _sweep_soon(self) -> None:
        """Schedule a sweep while all slots are taken, to know the idle ones when a client comes."""
        if len(self._admitted) >= self._most and self._next_sweep is None:
            loop = asyncio.get_running_loop()
            self._next_sweep = loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._next_sweep = None
        self._sweeps += 1
        self._evict_idle()
        self._evict_slowest()
        self._reject_late()
        self._sweep_soon()

    def _evict_idle(self) -> None:
        """Evict the longest idle connections for the queued ones."""
        while self._waiting.size and self._idle:
            longest_idle, since = next(iter(self._idle.items()))
            if self._sweeps - since < IDLE_SWEEPS:
                return
            self.release(longest_idle)
            longest_idle.evict()

    def _evict_slowest(self) -> None:
        """Evict as many slow connections as are queued, first from the most frequent address."""
        if not self._waiting.size:
            return
        now = asyncio.get_running_loop().time()
        slow = [
            connection for connection, since in self._slow.items() if now - since > SLOW_SECONDS
        ]
        crowds = self._per_address
        slow.sort(key=lambda connection: (connection.rate(now), -crowds[connection.address]))
        for connection in slow[: self._waiting.size]:
            self.release(connection)
            connection.evict_slow()

    def _reject_late(self) -> None:
        """Reject the connections whose wait in the queue is over."""
        too_long = asyncio.get_running_loop().time() - self._waiting_seconds
        for connection in self._waiting.since_before(too_long):
            self._waiting.discard(connection)
            connection.reject()


class WaitingQueue:
    """Queued connections with their arrival times: one line for each address."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[Connection, float]] = {}
        self.size = 0

    def add(self, connection: Connection, now: float) -> None:
        self._lines.setdefault(connection.address, {})[connection] = now
        self.size += 1

    def discard(self, connection: Connection) -> None:
        line = self._lines.get(connection.address, {})
        if line.pop(connection, None) is not None:
            self.size -= 1
            if not line:
                del self._lines[connection.address]

    def next(self, inside: Counter[str]) -> Connection:
        """Remove and return the next connection: of the address with the fewest admitted ones."""
        address = min(self._lines, key=lambda address: inside[address])
        connection = next(iter(self._lines[address]))
        self.discard(connection)
        return connection

    def pop_excess(self, connection: Connection) -> Connection:
        """The last of the longest line, which may be `connection`; it is taken out."""
        longest = max(self._lines.values(), key=len)
        own = self._lines[connection.address]
        last = next(reversed(own if len(own) == len(longest) else longest))
        self.discard(last)
        return last

    def since_before(self, moment: float) -> list[Connection]:
        found = []
        for line in self._lines.values():
            for connection, since in line.items():
                if since > moment:
                    break
                found.append(connection)
        return found
