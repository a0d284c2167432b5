"""How often a client may call, and how much at once: counted in memory, which no flood can fill."""

import time
from collections.abc import Callable
from typing import Self

from tickiti_cli.contract.errors import Overloaded, RateLimited

MOST_SUBJECTS = 10_000
"""Addresses or tokens remembered at once; beyond it the oldest are forgotten, not the server."""

WINDOW_SECONDS = 60.0


class Rate:
    """At most `limit` calls a minute for each subject, counted in fixed windows."""

    def __init__(self, limit: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[object, tuple[float, int]] = {}

    def take(self, subject: object) -> None:
        """Count one call. Raises RateLimited, which says how long to wait."""
        if self._limit is None:
            return
        now = self._clock()
        began, count = self._windows.pop(subject, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        while len(self._windows) >= MOST_SUBJECTS:
            del self._windows[next(iter(self._windows))]
        self._windows[subject] = (began, count + 1)
        if count >= self._limit:
            raise RateLimited(retry_after=max(1, round(began + WINDOW_SECONDS - now)))


class Room:
    """Memory for the bodies of requests that are under way: a thousand of the largest would have
    the system end the server. Small ones are not counted."""

    def __init__(self, most: int, *, small: int) -> None:
        self.left = most
        self.small = small

    def held(self) -> "Held":
        """What one request holds, until it is answered: a context to be in meanwhile."""
        return Held(self)


class Held:
    __slots__ = ("_room", "size")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.left += self.size

    def grow_to(self, size: int) -> None:
        """Raises Overloaded where so many bytes are not left."""
        if size <= max(self.size, self._room.small):
            return
        if size - self.size > self._room.left:
            raise Overloaded("Too many large requests at once; nothing was changed.", retry_after=1)
        self._room.left -= size - self.size
        self.size = size
