"""Decides when the WAL is checkpointed, and whether fully."""

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from tickiti_server.store.sqlite import checkpoints
from tickiti_server.store.sqlite.files.integrity import size_of, wal_path

AFTER = 400
"""Writes between two checkpoints: about the thousand pages of SQLite's own default."""

CHECK_SECONDS = 0.05
"""Time between two checks of the WAL's size. A check releases the interpreter lock, and to get the
lock back took longer than the statements of a batch. A disk does not write much in this time."""

logger = logging.getLogger("tickiti.store")


class WalWatcher:
    """The writer's view of the WAL of one database."""

    def __init__(self, database: Path, *, failed: Callable[[sqlite3.Error], None]) -> None:
        """`failed` gets each error of a checkpoint."""
        self._failed = failed
        self._path = wal_path(database)
        self._since = 0
        self._most = checkpoints.MOST_WAL
        self._checked_at = 0.0
        self.is_empty = True

    @property
    def is_new(self) -> bool:
        """Whether nothing was committed since the last checkpoint."""
        return not self._since

    def count_commits(self, operations: int) -> None:
        """Count committed writes."""
        self._since += operations
        self.is_empty = False

    def checkpoint(self, connection: sqlite3.Connection, *, idle: bool) -> bool:
        """Checkpoint fully when idle, and as far as readers allow when busy. Returns whether it was
        time for one."""
        if self.is_empty or not (idle or self._since >= AFTER or self._is_too_long()):
            return False
        self._since = 0
        try:
            self.is_empty = self._move(connection, idle=idle)
        except sqlite3.Error as error:
            # The WAL still holds the commits, so the next checkpoint tries again.
            logger.warning("a checkpoint failed: %s", error)
            self._failed(error)
        return True

    def _is_too_long(self) -> bool:
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return False
        self._checked_at = now
        return size_of(self._path) > self._most

    def _move(self, connection: sqlite3.Connection, *, idle: bool) -> bool:
        """Checkpoint, and return whether the WAL is empty now."""
        if idle:
            return not checkpoints.truncate(connection)
        size = size_of(self._path)
        if size <= self._most:
            checkpoints.passive(connection)
            return False
        is_empty = not checkpoints.truncate(connection, wait_seconds=1)
        # A backup reads for longer than writes may wait, so the next try is at twice the size.
        self._most = checkpoints.MOST_WAL if is_empty else 2 * size
        if not is_empty:
            logger.warning("the log has %d MiB: somebody has been reading for long", size >> 20)
        return is_empty
