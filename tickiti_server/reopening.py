"""Opening tickets whose day on hold has come, bit by bit in the writer's own queue.

The rule of this file: a ticket is on hold if its row says so. To work that out anew with each
reading would take the lists their indexes, and move no ticket to their top.
"""

import asyncio
import logging
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_server.call import Microseconds, day_of, wall_clock
from tickiti_server.clock_guard import ClockGuard, steady_clock
from tickiti_server.store import tickets
from tickiti_server.store.database import Database

BATCH = 500
"""Tickets in one operation: some ten milliseconds of the writer's time."""

PAUSE_SECONDS = 0.25
"""Between two batches, so that a thousand tickets of one day do not hold up the requests."""

logger = logging.getLogger("tickiti.reopen")


class Reopening:
    """Looks after one database, from its creation on."""

    def __init__(
        self,
        database: Database,
        *,
        every_seconds: float,
        clock: Callable[[], Microseconds] = wall_clock,
        steady: Callable[[], Microseconds] = steady_clock,
    ) -> None:
        self._database = database
        self._every_seconds = every_seconds
        self._guard = ClockGuard(clock, steady)

    async def run(self) -> None:
        """Until it is cancelled; at once for the days on which no server ran."""
        while True:
            try:
                while await self.batch() == BATCH:
                    await asyncio.sleep(PAUSE_SECONDS)
            except ApiError as error:
                logger.warning("tickets on hold stay so for now: %s", error)
            await asyncio.sleep(self._every_seconds)

    async def batch(self) -> int:
        """Open up to BATCH tickets; how many there were. A day begins at midnight UTC."""
        now = self._guard.now(_tell)
        if now is None:
            return 0
        today = day_of(now).isoformat()
        # Most looks find nothing: those cost the writer nothing.
        if not await self._database.read(lambda tx: tickets.has_held(tx, until=today)):
            return 0
        return await self._database.write(
            lambda tx: tickets.reopen_held(tx, until=today, among=BATCH, now=now)
        )


def _tell(hours: int) -> None:
    logger.warning(
        "tickets on hold stay so: the time of day moved by %d h; until it is back or the server is"
        " started anew",
        hours,
    )
