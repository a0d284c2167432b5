"""The database of one periodic task in test mode: no write of the task crosses a reset.

A task reads what is due, and then writes. Between the two a reset may put other rows, with the same
ids, in place of those that were read.
"""

from typing import Any

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.http.services import Services
from tickiti_server.store.interface import Database, Result, Work


class OneEpochDatabase:
    """Passes everything on, except a write whose read was before a reset."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_read = False

    def forget_read(self) -> None:
        """Refuse the write that belongs to the last read. Called in one turn of the loop with the
        queueing of the write that replaces the rows, and again once they are replaced."""
        self._has_read = False

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        self._has_read = True
        return await self._database.read(work, quick=quick, lane=lane)

    async def write(self, work: Work[Result]) -> Result:
        """Raises Overloaded, with nothing queued, after a reset since the last read."""
        if not self._has_read:
            raise Overloaded("The server was reset meanwhile.", retry_after=1)
        return await self._database.write(work)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def of_one_epoch(services: Services) -> Database:
    """The server's database for one more task."""
    found = OneEpochDatabase(services.database)
    services.before_reset.append(found.forget_read)
    services.after_reset.append(found.forget_read)
    database: Database = found
    return database
