"""Does what falls due at the moment that a test server's clock was set to.

Rule: nothing here does anything that the server would not do by itself a little later. A server
that is killed meanwhile does the rest when it starts.
"""

import asyncio

from tickiti_server.clock import Microseconds, midnight_of
from tickiti_server.http.services import Services
from tickiti_server.periodic import reopen, uploads
from tickiti_server.periodic.mail_purge import SentMailPurge
from tickiti_server.periodic.purge import ReplyPurge
from tickiti_server.periodic.reopen import TicketReopener
from tickiti_server.periodic.uploads import UploadPurge
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Transaction
from tickiti_server.store.outgoing import moved_clock

LOOK_SECONDS = 0.005
"""Pause between two looks at deliveries that are under way."""

LAST_DAY = "9999-12-31"


class Patience:
    """Real time that an advance may still take."""

    def __init__(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().time() + seconds

    @property
    def is_over(self) -> bool:
        return asyncio.get_running_loop().time() >= self._end


class DueWork:
    """The due work of one server. The periodic tasks do the same beside it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # The clock is compared with itself: a clock that was moved on purpose is not wrong.
        self._clock = clock = services.clock
        self._reopener = TicketReopener(
            services.database, every_seconds=0, clock=clock, steady=clock
        )

    async def happen(self, patience: Patience) -> None:
        """Open tickets and attempt deliveries that are due now, also those that follow at once."""
        while await self._reopener.batch() == reopen.BATCH:
            pass
        await self._deliver(patience)

    async def forget(self) -> None:
        """Delete what has reached its age: stored replies, delivered mail and unused files."""
        services, clock = self._services, self._clock
        database, days = services.database, services.settings.key_days
        replies = ReplyPurge(database, services.running_time, key_days=days, every_seconds=0)
        mail = SentMailPurge(database, every_seconds=0, clock=clock, steady=clock)
        files = UploadPurge(database, every_seconds=0, clock=clock, steady=clock)
        while await replies.batch():
            pass
        await database.write(moved_clock.free_effects)
        while await mail.batch():
            pass
        while await files.batch() == uploads.BATCH:
            pass

    async def next_moment(self) -> Microseconds | None:
        """The next moment at which a ticket opens or a delivery is due."""
        now = self._clock()
        return await self._services.database.read(lambda tx: _next_moment(tx, now))

    async def _deliver(self, patience: Patience) -> None:
        while await self._is_delivering() and not patience.is_over:
            for ring in self._services.alarms:
                ring()
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_delivering(self) -> bool:
        now = self._clock()
        return await self._services.database.read(
            lambda tx: moved_clock.is_under_way(tx, now=now), quick=True
        )


def _next_moment(tx: Transaction, now: Microseconds) -> Microseconds | None:
    held = tickets.list_due_holds(tx, until=LAST_DAY, most=1)
    moments = [midnight_of(row["on_hold_until"]) for row in held]
    moments += [moved_clock.next_delivery(tx, now=now) or 0]
    return min((moment for moment in moments if moment > now), default=None)
