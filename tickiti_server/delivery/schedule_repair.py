"""Makes deliveries due again that a wrong clock has scheduled years ahead.

Rule: a time that no schedule explains was stored under a wrong clock.
"""

import asyncio
import logging

from tickiti_cli.contract.errors import ApiError
from tickiti_server.clock import DAY, Clock, Microseconds
from tickiti_server.store.interface import Database
from tickiti_server.store.outgoing import implausible_times as stored

MOST_AHEAD: Microseconds = 2 * DAY
"""The longest step of a schedule is a day, and the random spread adds a fifth."""

LOOK_SECONDS = 60.0

logger = logging.getLogger("tickiti.delivery")


class ScheduleRepair:
    """Repairs the schedule of one database's outbox."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self) -> None:
        """Repair leases too, before any claim: every stored lease belongs to an ended server."""
        await self._put_right(leases=True)

    async def run(self) -> None:
        """Run until cancelled. Leases are not repaired, because this server may hold them."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._put_right(leases=False)

    async def _put_right(self, *, leases: bool) -> None:
        now = self._clock()
        beyond = stored.ScheduleLimit(now=now, latest=now + MOST_AHEAD, leases=leases)
        try:
            # At the start no request is served yet, so a read on the loop delays nobody.
            found = await self._database.read(
                lambda tx: stored.has_implausible(tx, beyond), quick=leases
            )
            if not found:
                return
            await self._database.write(lambda tx: stored.reschedule_implausible(tx, beyond))
        except ApiError as error:
            logger.warning("the schedule of deliveries was not looked at: %s", error)
        else:
            logger.warning("the clock was wrong: deliveries that it had put off are due now")
