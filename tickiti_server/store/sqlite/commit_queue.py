"""The writes that wait for the writer thread, which takes them in batches."""

import asyncio
import queue
from typing import Any, NamedTuple

from tickiti_cli.contract.errors import Overloaded
from tickiti_server import crash_points
from tickiti_server.store.gathering import MOST_WAITING, Gathering
from tickiti_server.store.interface import Result, Work
from tickiti_server.store.opening import Opened, Opening

BATCH = 256
"""Writes in one transaction, which takes some 20 ms. With 64, under 256 busy connections, the loop
always had more to read and competed with the writer: the median reply took 73 ms instead of 49."""


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
        self._gathering = Gathering(self._hand_over, most=BATCH, at_once=1)
        self._unanswered = 0

    async def submit(self, work: Work[Result], opening: Opening | None = None) -> Result | Opened:
        """Queue `work` and wait for its commit. Raises Overloaded before `work` is queued.

        Returns Opened only where the opening was stored in its place.
        """
        if self._unanswered >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        future: asyncio.Future[Result | Opened] = asyncio.get_running_loop().create_future()
        self._unanswered += 1
        self._gathering.add(QueuedWrite(work, future, opening))
        return await future

    def answer(self, results: list[WriteResult]) -> None:
        """Resolve the futures of a batch; a cancelled future has no caller."""
        self._unanswered -= len(results)
        self._gathering.finished()
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
        self._gathering.hand_over_rest()
        self.batches.put(None)

    def _hand_over(self, batch: list[QueuedWrite]) -> None:
        self.batches.put(batch)
        crash_points.reached("queue.enqueued")
