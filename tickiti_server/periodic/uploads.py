"""Forgets files and images that nothing refers to, and uploads that never ended, after 24 hours.

Rule: a file goes in two steps. First no reader finds the file any more, then its pieces are
deleted a few at a time, so that a large file never holds the writer. An image is one row of at most
25 MiB, so that each is deleted in a write of its own.
"""

import logging

from tickiti_server.clock import DAY, Microseconds
from tickiti_server.periodic.batch_loop import alone
from tickiti_server.periodic.dated_work import DatedWork
from tickiti_server.store.files import orphans
from tickiti_server.store.interface import ADMINISTRATION, Transaction
from tickiti_server.store.texts import images

BATCH = 50
"""Files of one batch, and images of one batch."""

MANY_PIECES = 16
"""Pieces of one write: 4 MiB, some ten milliseconds of the writer's time."""

KEPT: Microseconds = DAY
"""Time that a file without a reference is kept, from its last upload on."""


class UploadPurge(DatedWork):
    """The purge of the files of one database."""

    logger = logging.getLogger("tickiti.uploads")
    failure = "files without a reference are kept for now"
    full_batch = BATCH
    waits_first = True

    async def batch(self) -> int:
        """Forget up to BATCH files and BATCH images. Returns the larger number of the two."""
        now = self.now()
        if now is None:
            return 0
        before = now - KEPT
        files = await self._database.read(lambda tx: orphans.list_orphans(tx, before, most=BATCH))
        for file_id in files:
            await self._forget(file_id, before)
        return max(len(files), await self._forget_images(before))

    async def _forget_images(self, before: Microseconds) -> int:
        found = await self._database.read(
            lambda tx: images.list_unused_images(tx, before, most=BATCH)
        )
        for image_id in found:
            await self._forget_image(image_id, before)
        return len(found)

    async def _forget_image(self, image_id: int, before: Microseconds) -> None:
        await self._database.write(lambda tx: _delete_image(tx, image_id, before))

    async def _forget(self, file_id: int, before: Microseconds) -> None:
        while await self._database.write(
            alone(
                "uploads",
                lambda tx: orphans.forget(tx, file_id, before, most=MANY_PIECES),
                otherwise=False,
            )
        ):
            pass

    def log_moved_clock(self, hours: int) -> None:
        self.logger.warning(
            "files without a reference are kept: the clock moved by %d h; until the clock is"
            " right or the server is restarted",
            hours,
        )


def _delete_image(tx: Transaction, image_id: int, before: Microseconds) -> None:
    # Not while a text is changed, which may refer to the image from then on.
    tx.lock(ADMINISTRATION)
    images.delete_unused_image(tx, image_id, before)
