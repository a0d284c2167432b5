"""Group commit: gathers writes in the event loop and hands them to the writer in batches.

One fsync then serves many requests. The event loop and the writer thread share the interpreter
lock. A writer that starts while the loop still reads requests waits for the lock in every
statement, which slows both. So a batch leaves when the loop has no more writes to add.
"""

import asyncio
import queue
from typing import Any, NamedTuple

from tickiti_cli.contract.errors import Overloaded
from tickiti_server import crash_points
from tickiti_server.store.interface import Result, Work
from tickiti_server.store.opening import Opened, Opening

MOST_WAITING = 2048
"""Writes that may wait: half a second's work, and more than there are connections, because a
refusal costs as much as a write. Beyond this number, clients back off."""

BATCH = 256
"""Writes in one transaction, which takes some 20 ms. With 64, under 256 busy connections, the loop
always had more to read and competed with the writer: the median reply took 73 ms instead of 49."""

QUIET_TURNS = 8
"""Iterations of the loop without a new write, after which a batch leaves. A request takes three
from its first byte to here; a single client waits some fifty microseconds in vain."""


class QueuedWrite(NamedTuple):
    """Work that waits for the writer, and the future of its caller."""

    work: Work[Any]
    future: asyncio.Future[Any]
    opening: Opening | None = None
    """What the writer may store in the place of `work`."""


class WriteResult(NamedTuple):
    write: QueuedWrite
    value: Any = None
    error: BaseException | None = None


class CommitQueue:
    """The gathered writes. The writer takes one batch at a time from `batches`."""

    def __init__(self) -> None:
        self.batches: queue.SimpleQueue[list[QueuedWrite] | None] = queue.SimpleQueue()
        self._gathered: list[QueuedWrite] = []
        self._unanswered = 0
        self._is_gathering = False
        self._is_writing = False

    async def submit(self, work: Work[Result], opening: Opening | None = None) -> Result | Opened:
        """Queue `work` and wait for its commit. Raises Overloaded before `work` is queued.

        Returns Opened only where the opening was stored in its place.
        """
        if self._unanswered >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result | Opened] = loop.create_future()
        self._unanswered += 1
        self._gathered.append(QueuedWrite(work, future, opening))
        self._schedule_batch(loop)
        return await future

    def answer(self, results: list[WriteResult]) -> None:
        """Resolve the futures of a batch; a cancelled future has no caller."""
        self._unanswered -= len(results)
        self._is_writing = False
        self._schedule_batch(results[0].write.future.get_loop())
        for result in results:
            future = result.write.future
            if future.done():
                continue
            if result.error is not None:
                future.set_exception(result.error)
            else:
                future.set_result(result.value)

    def finish(self) -> None:
        """Hand over the remaining writes and the end marker."""
        self._hand_over(len(self._gathered))
        self.batches.put(None)

    def _schedule_batch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._gathered and not self._is_gathering and not self._is_writing:
            self._is_gathering = True
            loop.call_soon(self._check_gathered, loop, len(self._gathered), 0)

    def _check_gathered(self, loop: asyncio.AbstractEventLoop, size: int, quiet_turns: int) -> None:
        """Run once per iteration of the loop, until the batch is full or no more writes come."""
        quiet_turns = quiet_turns + 1 if len(self._gathered) == size else 0
        if quiet_turns < QUIET_TURNS and len(self._gathered) < BATCH:
            loop.call_soon(self._check_gathered, loop, len(self._gathered), quiet_turns)
            return
        self._is_gathering = False
        self._hand_over(BATCH)

    def _hand_over(self, most: int) -> None:
        batch, self._gathered = self._gathered[:most], self._gathered[most:]
        if batch:
            self._is_writing = True
            self.batches.put(batch)
            crash_points.reached("queue.enqueued")
