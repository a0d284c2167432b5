"""Limits of the memory for bodies and replies: reserved in bytes, refused when used up."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from tickiti_cli.contract.errors import Overloaded

PATIENCE_SECONDS = 1.0
"""A transfer that is younger than this is never evicted as slow."""


_TOO_MANY = "Too many large requests at once; nothing was changed."


class BodyMemory:
    """The memory of bodies that arrive and of replies that are sent.

    A thousand of the largest would make the kernel kill the server. Small ones are not counted. If
    the memory is used up, the slowest client is evicted.
    """

    def __init__(
        self, most: int, *, small: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.left = most
        self.small = small
        self.clock = clock
        self._in_transit: set[Reservation] = set()

    def reserve(self) -> "Reservation":
        """An empty reservation: a context manager that releases its bytes at the end."""
        return Reservation(self)

    def require(self, size: int, but: "Reservation | None" = None) -> None:
        """Evict slow clients until `size` bytes are free. Raises Overloaded if too few are."""
        while size > self.left and (slowest := self._slowest(but)):
            slowest.give_up()
        if size > self.left:
            raise Overloaded(_TOO_MANY, retry_after=1)

    def watch(self, holder: "Reservation") -> None:
        self._in_transit.add(holder)

    def forget(self, holder: "Reservation") -> None:
        self._in_transit.discard(holder)

    def _slowest(self, but: "Reservation | None") -> "Reservation | None":
        now = self.clock()
        slow = [
            reservation
            for reservation in self._in_transit
            if reservation is not but and now - reservation.since > PATIENCE_SECONDS
        ]
        return min(
            slow,
            key=lambda reservation: reservation.moved / (now - reservation.since),
            default=None,
        )


class Reservation:
    __slots__ = ("_give_up", "_memory", "moved", "since", "size")

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self._give_up: Callable[[], None] | None = None
        self.size = 0
        self.since = 0.0
        self.moved = 0
        """Bytes received or sent since `since`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.size:
            self._memory.forget(self)
            self._memory.left += self.size

    def depends_on_client(self, give_up: Callable[[], None]) -> None:
        """The transfer now waits for the client. `give_up` ends the client's connection."""
        self._give_up = give_up
        self.since, self.moved = self._memory.clock(), 0

    def has_arrived(self) -> None:
        """The whole body has arrived: the request is no longer evicted as slow."""
        self._give_up = None
        if self.size:
            self._memory.forget(self)

    def grow(self, size: int) -> None:
        """Reserve `size` bytes in total. Raises Overloaded if too few are free."""
        self.moved = size
        if size > max(self.size, self._memory.small):
            self._memory.require(size - self.size, self)
            self.hold(size)

    def hold(self, size: int) -> None:
        """Reserve `size` bytes in total without a check, for a reply that must be sent."""
        self._memory.left -= size - self.size
        self.size = size
        if self._give_up is not None:
            self._memory.watch(self)

    def give_up(self) -> None:
        """Release the bytes and end the connection, because another request needs them."""
        self._memory.forget(self)
        self._memory.left += self.size
        self.size = 0
        if self._give_up is not None:
            self._give_up()


class WorkMemory:
    """The memory of large bodies that are being decoded and stored.

    Text, JSON values and rows take several times the bytes of the body. `most` bytes of bodies are
    worked on at once; others wait in order of arrival.
    """

    def __init__(self, most: int, *, wait_seconds: float) -> None:
        self._most = self._left = most
        self._wait_seconds = wait_seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def use(self, size: int) -> AsyncIterator[None]:
        """Wait until `size` bytes may be worked on. Raises Overloaded after the wait."""
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
            else:  # the bytes were granted in the same moment
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
