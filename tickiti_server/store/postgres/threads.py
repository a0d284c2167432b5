"""Work in threads: how much may wait, how many reads of one caller run, and for how long."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tickiti_cli.contract.errors import Overloaded, StorageUnavailable
from tickiti_server.store.interface import Result
from tickiti_server.store.postgres.errors import NOT_AVAILABLE

MOST_OF_A_LANE = 2
"""Reads of one caller that run at the same time."""

MOST_LANES = 10_000

MOST_WAITING = 2048
"""Writes, and reads, that may wait. Beyond this number, clients back off."""

logger = logging.getLogger("tickiti.store")


class Threads:
    """Runs work in the executors of one database. Make it inside the event loop that uses it."""

    def __init__(self) -> None:
        self._lanes: dict[object, asyncio.Semaphore] = {}
        self._waiting = 0

    def lane(self, name: object) -> asyncio.Semaphore:
        """What the reads of one caller wait for."""
        if name not in self._lanes:
            if len(self._lanes) >= MOST_LANES:
                self._lanes = {name: each for name, each in self._lanes.items() if each.locked()}
            self._lanes[name] = asyncio.Semaphore(MOST_OF_A_LANE)
        return self._lanes[name]

    async def carry_out(
        self,
        executor: ThreadPoolExecutor,
        run: Callable[[], Result],
        seconds: float,
        *,
        writes: bool = False,
    ) -> Result:
        """Run in a thread. What is queued runs to its end, even if the caller is cancelled.

        Raises StorageUnavailable after `seconds`. What still waits for its thread is then dropped,
        and the outcome of what runs and `writes` is unknown.
        """
        if self._waiting >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        try:
            future = asyncio.get_running_loop().run_in_executor(executor, run)
        except RuntimeError as error:  # the database is closed, and a delivery has just ended
            raise StorageUnavailable(retry_after=1) from error
        self._waiting += 1
        future.add_done_callback(self._settled)
        await asyncio.wait([future], timeout=seconds)
        if not future.done():
            logger.warning("the database has not answered for %d seconds", seconds)
            future.cancel()
            said = () if writes else (NOT_AVAILABLE,)
            raise StorageUnavailable(*said, retry_after=1)
        return future.result()

    def _settled(self, future: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # the caller may have gone
