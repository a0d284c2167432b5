"""Looks again, while the server runs, whether a commit of its database outlasts a power cut.

A start refuses settings by which it would not; an administrator may change them at any time, and a
server that went down with them would lose what it had acknowledged before it.
"""

import logging
from collections.abc import Sequence
from typing import Never

from tickiti_server.periodic.batch_loop import look_every
from tickiti_server.store.interface import Database

EVERY_SECONDS = 10.0
"""Pause between two looks, each of one statement."""

logger = logging.getLogger("tickiti.store")


class Durability:
    """Knows the settings of one database that lose tickets, as `name = value`."""

    def __init__(self, database: Database, unsafe: Sequence[str]) -> None:
        """`unsafe` are those that the start has found, and logged."""
        self._database = database
        self.unsafe = unsafe

    async def run(self) -> Never:
        """Run until cancelled."""
        failure = "the settings of the database were not read"
        await look_every(EVERY_SECONDS, self.look, logger=logger, failure=failure)

    async def look(self) -> None:
        """Read the settings, and log each change of them."""
        found = await self._database.unsafe_settings()
        if found == self.unsafe:
            return
        self.unsafe = found
        if found:
            logger.error("A power cut loses tickets: %s", ", ".join(found))
        else:
            logger.warning("A power cut loses no tickets any more: the settings are on again")
