"""Forgetting stored replies whose window has passed, bit by bit in the writer's own queue.

The rule of this file: a reply counts as long as its row is there, and nothing else is asked. So a
retry meets either the row or its absence, whatever the clocks say meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_server.call import DAY, Microseconds, wall_clock
from tickiti_server.clock_guard import ClockGuard, steady_clock
from tickiti_server.store import idempotency
from tickiti_server.store.database import Database

BATCH = 500
"""Rows in one operation: some ten milliseconds of the writer's time."""

PAUSE_SECONDS = 0.25
"""Between two batches, so that a long backlog costs requests a twentieth of the writer; 2,000 rows
a second are still more than can come in."""

logger = logging.getLogger("tickiti.purge")


class Purge:
    """Looks after one database, from its creation on."""

    def __init__(
        self,
        database: Database,
        *,
        key_days: int,
        every_seconds: float,
        clock: Callable[[], Microseconds] = wall_clock,
        steady: Callable[[], Microseconds] = steady_clock,
    ) -> None:
        self._database = database
        self._window = key_days * DAY
        self._every_seconds = every_seconds
        self._guard = ClockGuard(clock, steady)
        self._looked_at = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(self._every_seconds)
            try:
                while await self.batch():
                    await asyncio.sleep(PAUSE_SECONDS)
            except ApiError as error:
                logger.warning("old keys are kept for now: %s", error)

    async def batch(self) -> bool:
        """Look at the next BATCH replies, from the oldest on, and forget those that may be; whether
        there are more to look at."""
        now = self._guard.now(_tell)
        if now is None:
            return False
        among = idempotency.Among(before=now - self._window, after=self._looked_at, most=BATCH)
        look = await self._database.read(lambda tx: idempotency.look_for_old(tx, among))
        # Most looks find nothing: those cost the writer nothing.
        if look.forgettable:
            await self._database.write(lambda tx: idempotency.forget_old(tx, among))
        is_more = look.old == BATCH
        self._looked_at = look.last if is_more else 0
        return is_more


def _tell(hours: int) -> None:
    logger.warning(
        "the clock was moved by %d h: no key is forgotten until it is back or the server"
        " is started anew",
        hours,
    )
