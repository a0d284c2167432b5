"""Who is let in when more connections come than are taken.

The rule of this file: a connection in which nothing runs makes room for one that comes; where all
are busy, those that come wait for a moment, and the one that waited longest is next. To refuse at
once would be a lottery, in which whoever tries most often wins.
"""

import asyncio
from typing import Protocol

LOOK_SECONDS = 0.1
FRESH_LOOKS = 2
"""Looks that a connection is idle at least before it gives way. Looks, not seconds: in between, the
loop has read what had arrived, however long its turns are. Else a request on the way were lost."""

WAITING_A_PLACE = 4
"""Connections that may wait, for each that is inside: they cost little, and it ends soon."""


class Guest(Protocol):
    """A connection, as far as this file is concerned."""

    def enter(self) -> None:
        """It has a place now."""
        ...

    def give_way(self) -> None:
        """It has lost its place: nothing ran in it."""
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
        self._idle: dict[Guest, int] = {}
        self._waiting: dict[Guest, float] = {}
        self._looks = 0
        self._next_look: asyncio.TimerHandle | None = None

    @property
    def is_crowded(self) -> bool:
        return bool(self._waiting)

    def arrive(self, guest: Guest) -> None:
        """Let it in, have it wait, or turn it away where too many wait already."""
        if len(self._inside) < self._most:
            self._let_in(guest)
        elif len(self._waiting) < WAITING_A_PLACE * self._most:
            self._waiting[guest] = asyncio.get_running_loop().time()
            self._make_room()
            self._look_soon()
        else:
            guest.turn_away()

    def work(self, guest: Guest) -> None:
        """A request runs in it."""
        self._idle.pop(guest, None)

    def rest(self, guest: Guest) -> None:
        """Nothing runs in it any more; its next request may be on the way."""
        if guest in self._inside:
            self._idle[guest] = self._looks

    def leave(self, guest: Guest) -> None:
        """It is gone; leaving twice is leaving once."""
        self._inside.discard(guest)
        self._idle.pop(guest, None)
        self._waiting.pop(guest, None)
        self._fill()

    def _let_in(self, guest: Guest) -> None:
        self._inside.add(guest)
        self._idle[guest] = self._looks
        guest.enter()
        self._look_soon()

    def _fill(self) -> None:
        while self._waiting and len(self._inside) < self._most:
            longest_waiting = next(iter(self._waiting))
            del self._waiting[longest_waiting]
            self._let_in(longest_waiting)

    def _look_soon(self) -> None:
        """Only while all places are taken, so that it is known who is idle when somebody comes."""
        if len(self._inside) >= self._most and self._next_look is None:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._next_look = None
        self._looks += 1
        self._make_room()
        self._turn_away()
        self._look_soon()

    def _make_room(self) -> None:
        """Let go of those that are idle longest, for those that wait."""
        while self._waiting and self._idle:
            longest_idle, since = next(iter(self._idle.items()))
            if self._looks - since < FRESH_LOOKS:
                return
            self.leave(longest_idle)
            longest_idle.give_way()

    def _turn_away(self) -> None:
        """Those that have waited too long."""
        too_long = asyncio.get_running_loop().time() - self._waiting_seconds
        for guest, since in list(self._waiting.items()):
            if since > too_long:
                return
            del self._waiting[guest]
            guest.turn_away()
