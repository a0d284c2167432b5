"""How often a client may call, and how much at once: counted in memory, which no flood can fill."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from tickiti_cli.contract.errors import Overloaded, RateLimited

MOST_SUBJECTS = 10_000
"""Addresses or tokens remembered at once; beyond it the oldest are forgotten, not the server."""

WINDOW_SECONDS = 60.0

PATIENCE_SECONDS = 1.0
"""No client counts as slow before that."""

_TOO_MANY = "Too many large requests at once; nothing was changed."


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
    """Memory for what is under way between clients and the server: bodies that arrive, replies that
    leave. A thousand of the largest would have the system end the server; small ones are not
    counted. Where there is no more of it, the slowest client loses what it has.
    """

    def __init__(
        self, most: int, *, small: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.left = most
        self.small = small
        self.clock = clock
        self._in_transit: set[Held] = set()

    def held(self) -> "Held":
        """What one request holds: a context to be in meanwhile."""
        return Held(self)

    def expect(self, size: int, but: "Held | None" = None) -> None:
        """Raise Overloaded where so many bytes are not left, nor held by a slow client."""
        while size > self.left and (slowest := self._slowest(but)):
            slowest.give_up()
        if size > self.left:
            raise Overloaded(_TOO_MANY, retry_after=1)

    def watch(self, holder: "Held") -> None:
        self._in_transit.add(holder)

    def forget(self, holder: "Held") -> None:
        self._in_transit.discard(holder)

    def _slowest(self, but: "Held | None") -> "Held | None":
        now = self.clock()
        slow = [
            held
            for held in self._in_transit
            if held is not but and now - held.since > PATIENCE_SECONDS
        ]
        return min(slow, key=lambda held: held.moved / (now - held.since), default=None)


class Held:
    __slots__ = ("_give_up", "_room", "moved", "since", "size")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._give_up: Callable[[], None] | None = None
        self.size = 0
        self.since = 0.0
        self.moved = 0
        """Bytes that came or went since then."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.size:
            self._room.forget(self)
            self._room.left += self.size

    def depends_on_client(self, give_up: Callable[[], None]) -> None:
        """From now on it waits for the client, whose connection `give_up` ends."""
        self._give_up = give_up
        self.since, self.moved = self._room.clock(), 0

    def has_arrived(self) -> None:
        """It does not wait for the client any more."""
        self._give_up = None
        if self.size:
            self._room.forget(self)

    def grow_to(self, size: int) -> None:
        """Raises Overloaded where so many bytes are not left."""
        self.moved = size
        if size > max(self.size, self._room.small):
            self._room.expect(size - self.size, self)
            self.hold(size)

    def hold(self, size: int) -> None:
        """The same for what cannot be refused any more."""
        self._room.left -= size - self.size
        self.size = size
        if self._give_up is not None:
            self._room.watch(self)

    def give_up(self) -> None:
        """Another one needs the room more."""
        self._room.forget(self)
        self._room.left += self.size
        self.size = 0
        if self._give_up is not None:
            self._give_up()


class Workshop:
    """Memory for what is made of large bodies: as text, as JSON and as rows they take several times
    as much as while they arrive. So many bytes of them are worked on at once; others wait."""

    def __init__(self, most: int, *, wait_seconds: float) -> None:
        self._most = self._left = most
        self._wait_seconds = wait_seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def place(self, size: int) -> AsyncIterator[None]:
        """Raises Overloaded after the wait."""
        size = min(size, self._most)
        if self._waiting or size > self._left:
            await self._wait(size)
        else:
            self._left -= size
        try:
            yield
        finally:
            self._leave(size)

    async def _wait(self, size: int) -> None:
        turn = size, asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await turn[1]
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._let_in()
            else:  # its turn came in the same moment
                self._leave(size)
            if isinstance(error, TimeoutError):
                raise Overloaded(_TOO_MANY, retry_after=1) from None
            raise

    def _leave(self, size: int) -> None:
        self._left += size
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._left:
            size, turn = self._waiting.popleft()
            self._left -= size
            if not turn.done():
                turn.set_result(None)
