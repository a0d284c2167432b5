"""Deliveries that a wrong clock has put off for years: they are due again.

The rule of this file: what no schedule can explain was written by a clock that was wrong.
"""

import asyncio
import logging
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_server.call import DAY, Microseconds
from tickiti_server.store import outbox as stored
from tickiti_server.store.database import Database

MOST_AHEAD: Microseconds = 2 * DAY
"""The longest step of a schedule is a day, and a fifth of it for the spread."""

LOOK_SECONDS = 60.0

logger = logging.getLogger("tickiti.delivery")


class Schedules:
    """Looks after one database's outbox, from the server's start on."""

    def __init__(self, database: Database, *, clock: Callable[[], Microseconds]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self) -> None:
        """Before anything is claimed: a lease that is there is that of a server which is gone."""
        await self._put_right(leases=True)

    async def run(self) -> None:
        """Until it is cancelled. Leases of this server are left alone."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._put_right(leases=False)

    async def _put_right(self, *, leases: bool) -> None:
        now = self._clock()
        beyond = stored.Beyond(now=now, latest=now + MOST_AHEAD, leases=leases)
        try:
            # At the start nobody is served yet whom a look on the loop could keep waiting.
            found = await self._database.read(lambda tx: stored.is_beyond(tx, beyond), quick=leases)
            if not found:
                return
            await self._database.write(lambda tx: stored.put_right(tx, beyond))
        except ApiError as error:
            logger.warning("the schedule of deliveries was not looked at: %s", error)
        else:
            logger.warning("the clock was wrong: deliveries that it had put off are due now")
