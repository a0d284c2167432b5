"""Deletes delivered mail that is older than its retention time, in batches."""

import logging

from tickiti_server.clock import DAY, Microseconds
from tickiti_server.periodic.batch_loop import alone
from tickiti_server.periodic.dated_work import DatedWork
from tickiti_server.store.access.system_settings import find_system_settings
from tickiti_server.store.interface import Transaction
from tickiti_server.store.outgoing import mail_retention

BATCH = 200
"""Mails in one write. A mail holds its bytes, so that a batch is smaller than one of replies."""


class SentMailPurge(DatedWork):
    """The purge of the delivered mail of one database."""

    logger = logging.getLogger("tickiti.mail_purge")
    failure = "old mail is kept for now"
    full_batch = BATCH

    async def batch(self) -> int:
        """Delete up to BATCH mails and return their number."""
        now = self.now()
        if now is None:
            return 0
        # Most batches are empty, and the reader finds that without the writer.
        before = await self._database.read(lambda tx: _limit(tx, now))
        if before is None:
            return 0
        return await self._database.write(
            alone(
                "mail_purge",
                lambda tx: mail_retention.delete_old_mail(tx, before=before, most=BATCH),
                otherwise=0,
            )
        )

    def log_moved_clock(self, hours: int) -> None:
        self.logger.warning("old mail is kept: the clock moved by %d h", hours)


def _limit(tx: Transaction, now: Microseconds) -> Microseconds | None:
    """The moment before which mail is old, or None where no mail is."""
    before = now - find_system_settings(tx).sent_mail_retention_days * DAY
    return before if mail_retention.has_old_mail(tx, before=before) else None
