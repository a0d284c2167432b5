"""Working out the text of responses that an earlier version stored, bit by bit beside the requests.

The rule of this file: nobody waits for it. Who shows or searches a response without a text works it
out anew, so it may be killed at any time and goes on where it was.
"""

import asyncio
import logging
from typing import NamedTuple

from tickiti_cli.contract.errors import ApiError
from tickiti_server.rendering import plain_text
from tickiti_server.store import responses
from tickiti_server.store.database import Database, Transaction

BATCH = 200
"""Responses in one operation: a few milliseconds of the writer's time."""

MOST_CHARACTERS = 500_000
"""Of HTML in one operation, but for the last response of it: 0.1 seconds of a reader's time."""

PAUSE_SECONDS = 0.05
"""Between two batches, so that a long backlog costs requests a tenth of the writer."""

EVERY_SECONDS = 60.0
"""Between two looks for responses that came without a text."""

logger = logging.getLogger("tickiti.backfill")


class Rendered(NamedTuple):
    """A response's id, and its text."""

    id: int
    text: str


class Backfill:
    """Looks after one database, from its creation on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                while await self.batch():
                    await asyncio.sleep(PAUSE_SECONDS)
            except ApiError as error:
                logger.warning("texts of older responses wait for now: %s", error)
            await asyncio.sleep(EVERY_SECONDS)

    async def batch(self) -> bool:
        """Work out and store some texts; whether there were any to work out."""
        found = await self._database.read(_rendered)
        # Most looks find nothing: those cost the writer nothing.
        if found:
            await self._database.write(lambda tx: _store(tx, found))
        return bool(found)


def _rendered(tx: Transaction) -> list[Rendered]:
    found: list[Rendered] = []
    characters = after = 0
    while len(found) < BATCH and characters < MOST_CHARACTERS:
        row = responses.without_text(tx, after=after)
        if row is None:
            break
        after = row["id"]
        characters += len(row["html"])
        found.append(Rendered(after, plain_text(row["html"])))
    return found


def _store(tx: Transaction, found: list[Rendered]) -> None:
    for response in found:
        responses.set_text(tx, response.id, response.text)
