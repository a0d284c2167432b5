"""Goes on deleting the closed tickets that an admin had deleted, a few in each write.

Rule: the moment before which tickets are old is stored with the reply, so that a restarted server
goes on.
"""

import logging
from collections.abc import Callable

from tickiti_server.periodic.batch_loop import alone, run_batches
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.operations import closed

PAUSE_SECONDS = 0.05
"""Pause between two batches, so that a long backlog takes a fifth of the writer's time."""

EVERY_SECONDS = 2.0
"""Pause between two searches for a request. The request itself has deleted the first batch."""

logger = logging.getLogger("tickiti.closed_purge")


class ClosedTicketPurge:
    """The purge of the closed tickets of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled; the first batch runs at once."""
        await run_batches(
            self.batch,
            every_seconds=EVERY_SECONDS,
            pause_seconds=PAUSE_SECONDS,
            logger=logger,
            failure="closed tickets are kept for now",
            ran=ran,
        )

    async def batch(self) -> bool:
        """Delete a batch of tickets. Returns whether there may be more."""
        # Nearly always nothing is asked for, and the reader finds that without the writer.
        asked = await self._database.read(_asked)
        return asked is not None and await self._database.write(
            alone("closed_purge", lambda tx: _delete(tx, asked), otherwise=False)
        )


def _asked(tx: Transaction) -> int | None:
    stored = settings.find_setting(tx, settings.CLOSED_BEFORE)
    return None if stored is None else int(stored)


def _delete(tx: Transaction, before: int) -> bool:
    is_more = closed.delete_closed_tickets(tx, before=before) == closed.BATCH
    if not is_more:
        settings.delete_setting(tx, settings.CLOSED_BEFORE, str(before))
    return is_more
