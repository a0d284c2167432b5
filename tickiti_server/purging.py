"""Forgetting stored replies whose window has passed, bit by bit in the writer's own queue.

The rule of this file: a reply counts as long as its row is there, and nothing else is asked. So a
retry meets either the row or its absence, whatever the clocks say meanwhile. No wall clock is read
here: a reply is as old as the time that the database has been served since.
"""

import asyncio
import logging

from tickiti_cli.contract.errors import ApiError
from tickiti_server.call import DAY, SECOND, Microseconds
from tickiti_server.running_time import RunningTime
from tickiti_server.store import idempotency, running_time
from tickiti_server.store.database import Database

BATCH = 500
"""Rows in one operation: some ten milliseconds of the writer's time."""

PAUSE_SECONDS = 0.25
"""Between two batches, so that a long backlog costs requests a twentieth of the writer; 2,000 rows
a second are still more than can come in."""

NOTE_EVERY: Microseconds = 300 * SECOND
"""Between two notes of the running time. What a crash loses of it keeps keys so much longer."""

logger = logging.getLogger("tickiti.purge")


class Purge:
    """Looks after one database, from its creation on."""

    def __init__(
        self, database: Database, running: RunningTime, *, key_days: int, every_seconds: float
    ) -> None:
        self._database = database
        self._running = running
        self._window = key_days * DAY
        self._every_seconds = every_seconds
        self._looked_at = 0
        self._noted = running.now()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(self._every_seconds)
            try:
                while await self.batch():
                    await asyncio.sleep(PAUSE_SECONDS)
                if self._running.now() - self._noted >= NOTE_EVERY:
                    await self._note()
            except ApiError as error:
                logger.warning("old keys are kept for now: %s", error)

    async def batch(self) -> bool:
        """Look at the next BATCH replies, from the oldest on, and forget those that may be; whether
        there are more to look at."""
        before = self._running.now() - self._window
        among = idempotency.Among(before=before, after=self._looked_at, most=BATCH)
        look = await self._database.read(lambda tx: idempotency.look_for_old(tx, among))
        # Most looks find nothing: those cost the writer nothing.
        if look.forgettable:
            await self._database.write(lambda tx: idempotency.forget_old(tx, among))
        is_more = look.old == BATCH
        self._looked_at = look.last if is_more else 0
        return is_more

    async def note(self) -> None:
        """Write the running time down once more, before the database is closed."""
        try:
            await self._note()
        except ApiError as error:
            logger.warning("the last minutes count for no key's age: %s", error)

    async def _note(self) -> None:
        now = self._running.now()
        await self._database.write(lambda tx: running_time.note(tx, now))
        self._noted = now
