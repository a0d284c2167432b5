"""Periodic work that goes by the date, such as the deletion of what is old."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from tickiti_server.clock import Clock, Microseconds, steady_clock, wall_clock
from tickiti_server.periodic.batch_loop import run_batches
from tickiti_server.periodic.clock_guard import ClockGuard
from tickiti_server.store.interface import Database

PAUSE_SECONDS = 0.25
"""Pause between two batches, so that a long backlog does not hold up the requests."""


class DatedWork(ABC):
    """One kind of work on one database. Nothing is done while the wall clock looks set."""

    logger: ClassVar[logging.Logger]
    failure: ClassVar[str]
    """The sentence that the log has for a failure of the database."""

    full_batch: ClassVar[int]
    """The return value of `batch` as long as there may be more work."""

    waits_first: ClassVar[bool] = False
    """Whether the first batch runs after the first wait, not at once."""

    def __init__(
        self,
        database: Database,
        *,
        every_seconds: float,
        clock: Clock = wall_clock,
        steady: Clock = steady_clock,
    ) -> None:
        self._database = database
        self._every_seconds = every_seconds
        self._guard = ClockGuard(clock, steady)

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled. `ran` is called after each round that did not fail."""
        if self.waits_first:
            await asyncio.sleep(self._every_seconds)
        await run_batches(
            self._has_full_batch,
            every_seconds=self._every_seconds,
            pause_seconds=PAUSE_SECONDS,
            logger=self.logger,
            failure=self.failure,
            ran=ran,
        )

    async def _has_full_batch(self) -> bool:
        return await self.batch() == self.full_batch

    def now(self) -> Microseconds | None:
        """The wall clock's time, or None if the clock was set."""
        return self._guard.now(self.log_moved_clock)

    @abstractmethod
    async def batch(self) -> int:
        """Do a part of the work. Returns how much was done."""

    @abstractmethod
    def log_moved_clock(self, hours: int) -> None:
        """Log once that nothing is done because the clock moved by so many hours."""
