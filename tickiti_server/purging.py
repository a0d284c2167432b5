"""Forgetting stored replies whose window has passed, bit by bit in the writer's own queue.

The rule of this file: a reply counts as long as its row is there, and nothing else is asked. So a
retry meets either the row or its absence, whatever the clocks say meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_server.call import DAY, SECOND, Microseconds, wall_clock
from tickiti_server.store import idempotency
from tickiti_server.store.database import Database

BATCH = 500
"""Rows in one operation: some ten milliseconds of the writer's time."""

PAUSE_SECONDS = 0.25
"""Between two batches, so that a long backlog costs requests a twentieth of the writer; 2,000 rows
a second are still more than can come in."""

MOST_DRIFT: Microseconds = DAY
"""A wall clock that has moved further than this against the time that has passed was set. Whichever
of its two times is right: a key that is kept too long harms nobody."""

logger = logging.getLogger("tickiti.purge")


def steady_clock() -> Microseconds:
    """Time that passes, whatever the wall clock is set to; it goes on while the machine sleeps."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


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
        self._clock = clock
        self._steady = steady
        self._began = clock() - steady()
        self._is_drift_told = False
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
        if self._has_drifted():
            return False
        among = idempotency.Among(
            before=self._clock() - self._window, after=self._looked_at, most=BATCH
        )
        look = await self._database.read(lambda tx: idempotency.look_for_old(tx, among))
        # Most looks find nothing: those cost the writer nothing.
        if look.forgettable:
            await self._database.write(lambda tx: idempotency.forget_old(tx, among))
        is_more = look.old == BATCH
        self._looked_at = look.last if is_more else 0
        return is_more

    def _has_drifted(self) -> bool:
        moved = self._clock() - self._steady() - self._began
        if abs(moved) <= MOST_DRIFT:
            return False
        if not self._is_drift_told:
            self._is_drift_told = True
            logger.warning(
                "the clock was moved by %d h: no key is forgotten until it is back or the server"
                " is started anew",
                round(moved / (3600 * SECOND)),
            )
        return True
