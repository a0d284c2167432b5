"""Takes the index of texts further, behind the writes and step by step.

Rule: nothing depends on when a step runs. A search reads what is not indexed yet, and each step is
one transaction, so that the server may be killed at any time.
"""

import logging
from collections.abc import Callable

from tickiti_server.periodic.batch_loop import run_batches
from tickiti_server.store.interface import Database

EVERY_SECONDS = 1.0
"""Pause before the next look for new texts."""

PAUSE_SECONDS = 0.002
"""Pause between two steps, in which the writes of requests run."""

logger = logging.getLogger("tickiti.search")


class TextIndexer:
    """The indexer of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled."""
        await run_batches(
            self._database.index_texts,
            every_seconds=EVERY_SECONDS,
            pause_seconds=PAUSE_SECONDS,
            logger=logger,
            failure="new texts are not indexed for now",
            ran=ran,
        )
