"""Renders the plain text of responses that were stored without one, in batches between the
requests.

Rule: nothing depends on the backfill. A request that shows or searches a response without a text
renders the text itself, so the backfill may be killed at any time and goes on where it was.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from tickiti_server.periodic.batch_loop import alone, run_batches
from tickiti_server.rendering.text import plain_text
from tickiti_server.store.helpdesk import responses
from tickiti_server.store.interface import Database, Transaction

BATCH = 200
"""Responses in one write, which takes a few milliseconds of the writer's time."""

MOST_CHARACTERS = 500_000
"""Characters of HTML in one batch, its last response aside: 0.1 seconds of a reader's time."""

PAUSE_SECONDS = 0.05
"""Pause between two batches, so that a long backlog takes a tenth of the writer's time."""

EVERY_SECONDS = 60.0
"""Pause between two searches for responses without a text."""

logger = logging.getLogger("tickiti.backfill")


class Rendered(NamedTuple):
    """A response's id, and its text."""

    id: int
    text: str


class TextBackfill:
    """The backfill of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled."""
        await run_batches(
            self.batch,
            every_seconds=EVERY_SECONDS,
            pause_seconds=PAUSE_SECONDS,
            logger=logger,
            failure="texts of older responses wait for now",
            ran=ran,
        )

    async def batch(self) -> bool:
        """Render and store the texts of a batch. Returns whether any response had no text."""
        found = await self._database.read(_rendered)
        # Most batches are empty, and the reader finds that without the writer.
        if found:
            return await self._database.write(
                alone("backfill", lambda tx: _store(tx, found), otherwise=False)
            )
        return False


def _rendered(tx: Transaction) -> list[Rendered]:
    found: list[Rendered] = []
    characters = after = 0
    while len(found) < BATCH and characters < MOST_CHARACTERS:
        row = responses.find_response_without_text(tx, after=after)
        if row is None:
            break
        after = row["id"]
        characters += len(row["html"])
        found.append(Rendered(after, plain_text(row["html"])))
    return found


def _store(tx: Transaction, found: list[Rendered]) -> bool:
    for response in found:
        responses.set_response_text(tx, response.id, response.text)
    return True
