"""Takes the index of texts further, behind the writes and step by step.

Rule: nothing depends on when a step runs. A search reads what is not indexed yet, and each step is
one transaction, so that the server may be killed at any time.
"""

import logging
from collections.abc import Callable

from tickiti_server.periodic.batch_loop import run_batches
from tickiti_server.store.interface import Database

EVERY_SECONDS = 0.25
"""Pause behind a step that left nothing. New texts gather meanwhile, because a step of 20 tickets
takes three times as much processor for each as one of 400; and a search reads them all, so that
they must be few."""

PAUSE_SECONDS = 0.002
"""Pause between two steps of a backlog, in which the writes of requests run."""

FAILED_SECONDS = 1.0
"""Pause behind a failure of the database."""

logger = logging.getLogger("tickiti.search")


class TextIndexer:
    """The indexer of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexed: object = None
        """The version of the database of which all texts are indexed."""

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled."""
        await run_batches(
            self._step,
            every_seconds=EVERY_SECONDS,
            pause_seconds=PAUSE_SECONDS,
            failed_seconds=FAILED_SECONDS,
            logger=logger,
            failure="new texts are not indexed for now",
            ran=ran,
        )

    async def _step(self) -> bool:
        """Take a step where something was written. Returns whether the next one is due."""
        version = self._database.version
        if version == self._indexed:
            return False
        is_due = await self._database.index_texts()
        if not is_due:
            self._indexed = version
        return is_due
