"""Who is let in when more connections come than are taken.

The rule of this file: a connection in which nothing runs makes room for one that comes, and where
all are busy, one that waits for its client, the slowest first. Those that come wait for a moment;
the next one is of the address that has fewest inside, and of its own the one that waited longest.
To refuse at once would be a lottery, in which whoever tries most often wins.
"""

import asyncio
from collections import Counter
from typing import Protocol

LOOK_SECONDS = 0.1
FRESH_LOOKS = 2
"""Looks that a connection is idle at least before it gives way. Looks, not seconds: in between, the
loop has read what had arrived, however long its turns are. Else a request on the way were lost."""

FRESH_SECONDS = 0.3
"""How long a client has for what it sends or reads before it counts as slow."""

WAITING_A_PLACE = 4
"""Connections that may wait, for each that is inside: they cost little, and it ends soon."""


class Guest(Protocol):
    """A connection, as far as this file is concerned."""

    address: str
    """Where its client is."""

    def enter(self) -> None:
        """It has a place now."""
        ...

    def give_way(self) -> None:
        """It has lost its place: nothing ran in it."""
        ...

    def hurry(self) -> None:
        """It has lost its place: its client took too long."""
        ...

    def rate(self, now: float) -> float:
        """Bytes a second that its client has sent or read lately."""
        ...

    def turn_away(self) -> None:
        """There is no place for it."""
        ...


class Admission:
    """The places of one server: who is inside, since which look they are idle, who waits."""

    def __init__(self, most: int, *, waiting_seconds: float) -> None:
        self._most = most
        self._waiting_seconds = waiting_seconds
        self._inside: set[Guest] = set()
        self._of_address: Counter[str] = Counter()
        """How many of each address are inside."""

        self._idle: dict[Guest, int] = {}
        self._slow: dict[Guest, float] = {}
        """Those that wait for their client, and since when."""

        self._waiting = Queue()
        self._looks = 0
        self._next_look: asyncio.TimerHandle | None = None

    @property
    def is_crowded(self) -> bool:
        return bool(self._waiting.size)

    def arrive(self, guest: Guest) -> None:
        """Let it in, have it wait, or turn one away where too many wait already."""
        if len(self._inside) < self._most:
            self._let_in(guest)
            return
        self._waiting.add(guest, asyncio.get_running_loop().time())
        if self._waiting.size > WAITING_A_PLACE * self._most:
            self._waiting.one_too_many(guest).turn_away()
        self._make_room()
        self._look_soon()

    def work(self, guest: Guest) -> None:
        """A request runs in it."""
        self._idle.pop(guest, None)
        self._slow.pop(guest, None)

    def depends_on_client(self, guest: Guest) -> bool:
        """A request runs in it, and nothing happens before its client sends or reads something;
        whether that is new."""
        if guest not in self._inside or guest in self._slow:
            return False
        self._slow[guest] = asyncio.get_running_loop().time()
        return True

    def rest(self, guest: Guest) -> None:
        """Nothing runs in it any more; its next request may be on the way."""
        self._slow.pop(guest, None)
        if guest in self._inside:
            self._idle[guest] = self._looks

    def leave(self, guest: Guest) -> None:
        """It is gone; leaving twice is leaving once."""
        if guest in self._inside:
            self._inside.discard(guest)
            self._of_address[guest.address] -= 1
            if not self._of_address[guest.address]:
                del self._of_address[guest.address]
        self._idle.pop(guest, None)
        self._slow.pop(guest, None)
        self._waiting.discard(guest)
        self._fill()

    def _let_in(self, guest: Guest) -> None:
        self._inside.add(guest)
        self._of_address[guest.address] += 1
        self._idle[guest] = self._looks
        guest.enter()
        self._look_soon()

    def _fill(self) -> None:
        while self._waiting.size and len(self._inside) < self._most:
            self._let_in(self._waiting.next(self._of_address))

    def _look_soon(self) -> None:
        """Only while all places are taken, so that it is known who is idle when somebody comes."""
        if len(self._inside) >= self._most and self._next_look is None:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._next_look = None
        self._looks += 1
        self._make_room()
        self._hurry_the_slowest()
        self._turn_away()
        self._look_soon()

    def _make_room(self) -> None:
        """Let go of those that are idle longest, for those that wait."""
        while self._waiting.size and self._idle:
            longest_idle, since = next(iter(self._idle.items()))
            if self._looks - since < FRESH_LOOKS:
                return
            self.leave(longest_idle)
            longest_idle.give_way()

    def _hurry_the_slowest(self) -> None:
        """As many as wait; of those that are as slow, the ones whose address has most inside."""
        if not self._waiting.size:
            return
        now = asyncio.get_running_loop().time()
        slow = [guest for guest, since in self._slow.items() if now - since > FRESH_SECONDS]
        crowds = self._of_address
        slow.sort(key=lambda guest: (guest.rate(now), -crowds[guest.address]))
        for guest in slow[: self._waiting.size]:
            self.leave(guest)
            guest.hurry()

    def _turn_away(self) -> None:
        """Those that have waited too long."""
        too_long = asyncio.get_running_loop().time() - self._waiting_seconds
        for guest in self._waiting.since_before(too_long):
            self._waiting.discard(guest)
            guest.turn_away()


class Queue:
    """Who waits, and since when: a line for each address."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[Guest, float]] = {}
        self.size = 0

    def add(self, guest: Guest, now: float) -> None:
        self._lines.setdefault(guest.address, {})[guest] = now
        self.size += 1

    def discard(self, guest: Guest) -> None:
        line = self._lines.get(guest.address, {})
        if line.pop(guest, None) is not None:
            self.size -= 1
            if not line:
                del self._lines[guest.address]

    def next(self, inside: Counter[str]) -> Guest:
        """Taken out of its line; an address with many inside is not before one with few."""
        address = min(self._lines, key=lambda address: inside[address])
        guest = next(iter(self._lines[address]))
        self.discard(guest)
        return guest

    def one_too_many(self, guest: Guest) -> Guest:
        """The last of the longest line, which may be `guest`; it is taken out."""
        longest = max(self._lines.values(), key=len)
        own = self._lines[guest.address]
        last = next(reversed(own if len(own) == len(longest) else longest))
        self.discard(last)
        return last

    def since_before(self, moment: float) -> list[Guest]:
        found = []
        for line in self._lines.values():
            for guest, since in line.items():
                if since > moment:
                    break
                found.append(guest)
        return found
