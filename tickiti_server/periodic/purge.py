"""Deletes stored replies that are older than the retention time, in batches.

Rule: a stored reply is replayed as long as its row exists; its age is not checked. So a retry finds
the row or does not, whatever the clocks say. The purge reads no wall clock: the age of a reply is
the running time of the database since it was stored.
"""

import asyncio
import logging
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_server.clock import DAY, SECOND, Microseconds
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.periodic.batch_loop import alone, run_batches
from tickiti_server.store.access import idempotency, running_time
from tickiti_server.store.interface import Database

BATCH = 500
"""Rows in one write, which takes some ten milliseconds of the writer's time."""

PAUSE_SECONDS = 0.25
"""Pause between two batches, so that a long backlog takes a twentieth of the writer's time.
Requests cannot add the 2,000 rows a second that the purge can delete."""

STORE_EVERY: Microseconds = 300 * SECOND
"""Time between two writes of the running time. The part that a crash loses keeps keys longer."""

logger = logging.getLogger("tickiti.purge")


class ReplyPurge:
    """The purge of one database."""

    def __init__(
        self, database: Database, running: RunningTime, *, key_days: int, every_seconds: float
    ) -> None:
        self._database = database
        self._running = running
        self._window = key_days * DAY
        self._every_seconds = every_seconds
        self._scanned_to = 0
        self._stored = running.now()

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled; the first batch runs after the first wait."""
        await asyncio.sleep(self._every_seconds)
        await run_batches(
            self._batch_and_running_time,
            every_seconds=self._every_seconds,
            pause_seconds=PAUSE_SECONDS,
            logger=logger,
            failure="old keys are kept for now",
            ran=ran,
        )

    async def _batch_and_running_time(self) -> bool:
        if self._database.is_shared:
            self._running.catch_up(await self._database.read(running_time.find_running_time))
        is_more = await self.batch()
        if not is_more and self._running.now() - self._stored >= STORE_EVERY:
            await self._store_running_time()
        return is_more

    async def batch(self) -> bool:
        """Scan the next BATCH replies, oldest first, and delete those that may be deleted.

        Returns whether there are more old replies to scan.
        """
        before = self._running.now() - self._window
        purge_range = idempotency.PurgeRange(before=before, after=self._scanned_to, most=BATCH)
        scan = await self._database.read(lambda tx: idempotency.scan_old_replies(tx, purge_range))
        # Most scans find nothing, and the reader finds that without the writer.
        if scan.deletable:
            await self._database.write(
                alone(
                    "purge",
                    lambda tx: idempotency.delete_old_replies(tx, purge_range),
                    otherwise=None,
                )
            )
        is_more = scan.old == BATCH
        self._scanned_to = scan.last if is_more else 0
        return is_more

    async def store_running_time(self) -> None:
        """Store the running time a last time before the database is closed."""
        try:
            await self._store_running_time()
        except ApiError as error:
            logger.warning("the last minutes count for no key's age: %s", error)

    async def _store_running_time(self) -> None:
        # In test mode a write follows a read of the same epoch, see http/test_mode/one_epoch.py:
        # the running time is that of the database whose state is read here.
        await self._database.read(running_time.find_running_time)
        now = self._running.now()
        await self._database.write(lambda tx: running_time.store_running_time(tx, now))
        self._stored = now
