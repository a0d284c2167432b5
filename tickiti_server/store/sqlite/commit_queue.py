"""The loop's side of the writer: what waits to be written is gathered, and handed over in batches.

One fsync then serves many requests (group commit). The loop and the writer share the interpreter's
lock: a writer that begins while the loop still reads requests has to win it back again and again
in each statement, and both lose. So a batch leaves when the loop has nothing to add to it.
"""

import asyncio
import queue
from typing import Any, NamedTuple

from tickiti_cli.contract.errors import Overloaded
from tickiti_server import crash_points
from tickiti_server.store.database import Result, Work

MOST_WAITING = 2048
"""Operations that may be unanswered: half a second's work, and more than there are connections, for
a refusal costs as much as an operation. Beyond it, clients back off."""

BATCH = 256
"""Operations in one transaction, which takes some 20 ms. With 64, under 256 busy connections, the
loop always had more to read and fought with the writer: the median reply took 73 ms, now 49."""

QUIET_TURNS = 8
"""So many turns of the loop in a row have brought nothing. From its first byte a request takes
three to come here; a client that is alone waits some fifty microseconds for nobody."""


class Operation(NamedTuple):
    """Work that waits for the writer, and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]


class Outcome(NamedTuple):
    operation: Operation
    value: Any = None
    error: BaseException | None = None


class Batches:
    """What has gathered; one batch at a time is with the writer, which takes it from `queue`."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[list[Operation] | None] = queue.SimpleQueue()
        self._gathered: list[Operation] = []
        self._unanswered = 0
        self._is_gathering = False
        self._is_writing = False

    async def submit(self, work: Work[Result]) -> Result:
        """Gather `work` and wait until it is committed. Raises Overloaded before it is gathered."""
        if self._unanswered >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._unanswered += 1
        self._gathered.append(Operation(work, future))
        self._gather(loop)
        return await future

    def settle(self, outcomes: list[Outcome]) -> None:
        """Wake who waits. A future that was cancelled has nobody behind it any more."""
        self._unanswered -= len(outcomes)
        self._is_writing = False
        self._gather(outcomes[0].operation.future.get_loop())
        for outcome in outcomes:
            future = outcome.operation.future
            if future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)

    def finish(self) -> None:
        """Hand over all that is left, and that nothing follows."""
        self._hand_over(len(self._gathered))
        self.queue.put(None)

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._gathered and not self._is_gathering and not self._is_writing:
            self._is_gathering = True
            loop.call_soon(self._look, loop, len(self._gathered), 0)

    def _look(self, loop: asyncio.AbstractEventLoop, size: int, quiet_turns: int) -> None:
        """Once a turn of the loop, until the batch is full or nothing more comes."""
        quiet_turns = quiet_turns + 1 if len(self._gathered) == size else 0
        if quiet_turns < QUIET_TURNS and len(self._gathered) < BATCH:
            loop.call_soon(self._look, loop, len(self._gathered), quiet_turns)
            return
        self._is_gathering = False
        self._hand_over(BATCH)

    def _hand_over(self, most: int) -> None:
        batch, self._gathered = self._gathered[:most], self._gathered[most:]
        if batch:
            self._is_writing = True
            self.queue.put(batch)
            crash_points.reached("queue.enqueued")
