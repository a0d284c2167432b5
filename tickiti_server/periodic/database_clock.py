"""Keeps the server's clock at the time of the database, where servers of several machines share it.

Rule: the times of rows, of leases, holds and tokens are the database's. So servers agree on them
however the clocks of their machines are set, and none has to be refused.
"""

import logging
from typing import Never

from tickiti_server.clock import SECOND, FollowingClock, Microseconds, steady_clock
from tickiti_server.periodic.batch_loop import look_every
from tickiti_server.store.interface import Database

EVERY_SECONDS = 10.0
"""Pause between two looks, in which the elapsed times of two machines part by a millisecond."""

MOST_SKEW: Microseconds = 2 * SECOND
"""A clock of a machine that is further away is logged."""

logger = logging.getLogger("tickiti.clock")


class DatabaseClock:
    """Follows the clock of one database."""

    def __init__(self, database: Database, clock: FollowingClock) -> None:
        self._database = database
        self._clock = clock
        self._is_told = False

    async def run(self) -> Never:
        """Run until cancelled. While the database does not answer, the elapsed time counts."""
        failure = "the time of the database was not read"
        await look_every(EVERY_SECONDS, self.look, logger=logger, failure=failure)

    async def look(self) -> None:
        """Take the time of the database, and log once that the machine's is another one."""
        ahead = await self._database.clock_ahead(steady_clock)
        assert ahead is not None
        self._clock.follow(ahead)
        skew = self._clock.skew()
        is_wrong = abs(skew) > MOST_SKEW
        if is_wrong and not self._is_told:
            logger.warning(
                "The clock of this machine is %d s %s that of the database, by which the server"
                " goes",
                round(abs(skew) / SECOND),
                "ahead of" if skew > 0 else "behind",
            )
        self._is_told = is_wrong
