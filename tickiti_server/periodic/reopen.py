"""Opens tickets whose on-hold day has come, in batches.

Rule: the row of a ticket says whether the ticket is on hold. Readers do not compute this from the
day, because lists could not use their indexes then, and no ticket would move to their top.
"""

import logging

from tickiti_server.clock import Microseconds, day_of
from tickiti_server.periodic.batch_loop import alone
from tickiti_server.periodic.dated_work import DatedWork
from tickiti_server.store.helpdesk import people, tickets
from tickiti_server.store.interface import Transaction
from tickiti_server.store.operations import audit
from tickiti_server.store.operations.audit import Change

BATCH = 100
"""Tickets in one write, which takes some ten milliseconds of the writer's time."""


class TicketReopener(DatedWork):
    """The reopener of one database."""

    logger = logging.getLogger("tickiti.reopen")
    failure = "tickets on hold stay so for now"
    full_batch = BATCH

    async def batch(self) -> int:
        """Open up to BATCH tickets and return their number. A day begins at midnight UTC."""
        now = self.now()
        if now is None:
            return 0
        today = day_of(now).isoformat()
        # Most batches are empty, and the reader finds that without the writer.
        if not await self._database.read(
            lambda tx: tickets.list_due_holds(tx, until=today, most=1)
        ):
            return 0
        return await self._database.write(
            alone("reopen", lambda tx: _reopen(tx, until=today, now=now), otherwise=0)
        )

    def log_moved_clock(self, hours: int) -> None:
        self.logger.warning(
            "tickets stay on hold: the clock moved by %d h; until it is corrected or the server is"
            " restarted",
            hours,
        )


def _reopen(tx: Transaction, *, until: str, now: Microseconds) -> int:
    """Open a batch of tickets and record it in the name of the system user."""
    due = tickets.list_due_holds(tx, until=until, most=BATCH)
    system = audit.author_of(tx, people.SYSTEM)
    for row in due:
        opened = {"status": "open", "on_hold_until": None}
        tickets.update_ticket(tx, row["id"], opened, now=now)
        changes = [
            Change("status", "on-hold", "open"),
            Change("on_hold_until", row["on_hold_until"], None),
        ]
        audit.record(tx, row["id"], changes, author=system, now=now)
    return len(due)
