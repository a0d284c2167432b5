"""Decides when the WAL is checkpointed, and whether fully."""

import logging
import sqlite3
from collections.abc import Callable

from tickiti_server.store.sqlite import checkpoints

AFTER = 400
"""Writes between two checkpoints: about the thousand pages of SQLite's own default."""

logger = logging.getLogger("tickiti.store")


class WalWatcher:
    """The writer's view of the WAL of one database."""

    def __init__(self, *, failed: Callable[[sqlite3.Error], None]) -> None:
        """`failed` gets each error of a checkpoint."""
        self._failed = failed
        self._since = 0
        self._most = checkpoints.MOST_WAL
        self.is_empty = True

    @property
    def is_new(self) -> bool:
        """Whether nothing was committed since the last checkpoint."""
        return not self._since

    def count_commits(self, operations: int) -> None:
        """Count committed writes."""
        self._since += operations
        self.is_empty = False

    def checkpoint(self, connection: sqlite3.Connection, *, idle: bool, size: int) -> bool:
        """Checkpoint fully when idle, and as far as readers allow when busy. Returns whether it was
        time for one. `size` is that of the WAL in bytes."""
        if self.is_empty or not (idle or self._since >= AFTER or size > self._most):
            return False
        self._since = 0
        try:
            self.is_empty = self._move(connection, idle=idle, size=size)
        except sqlite3.Error as error:
            # The WAL still holds the commits, so the next checkpoint tries again.
            logger.warning("a checkpoint failed: %s", error)
            self._failed(error)
        return True

    def _move(self, connection: sqlite3.Connection, *, idle: bool, size: int) -> bool:
        """Checkpoint, and return whether the WAL is empty now."""
        if idle:
            return not checkpoints.truncate(connection)
        if size <= self._most:
            checkpoints.passive(connection)
            return False
        is_empty = not checkpoints.truncate(connection, wait_seconds=1)
        # A backup reads for longer than writes may wait, so the next try is at twice the size.
        self._most = checkpoints.MOST_WAL if is_empty else 2 * size
        if not is_empty:
            logger.warning("the log has %d MiB: somebody has been reading for long", size >> 20)
        return is_empty
