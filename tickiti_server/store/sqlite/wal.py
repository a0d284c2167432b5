"""When the write-ahead log is moved into the database, and how much of it."""

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from tickiti_server.store.sqlite import checkpoints
from tickiti_server.store.sqlite.soundness import log_of, size_of

AFTER = 400
"""Operations between two checkpoints: about the thousand pages SQLite itself would allow."""

LOOK_SECONDS = 0.05
"""Between two looks at the size of the log. A look lets go of the interpreter's lock, and winning
it back took longer than a batch's own statements; a disk does not write much in this time."""

logger = logging.getLogger("tickiti.store")


class Log:
    """The writer's own view of the write-ahead log of one database."""

    def __init__(self, database: Path, *, failed: Callable[[sqlite3.Error], None]) -> None:
        """`failed` is told of each error of a checkpoint."""
        self._failed = failed
        self._path = log_of(database)
        self._since = 0
        self._most = checkpoints.MOST_LOG
        self._looked_at = 0.0
        self.is_empty = True

    @property
    def begins(self) -> bool:
        """Whether nothing was written since the last checkpoint."""
        return not self._since

    def grew(self, operations: int) -> None:
        """So many were committed."""
        self._since += operations
        self.is_empty = False

    def checkpoint(self, connection: sqlite3.Connection, *, idle: bool) -> None:
        """Move the log into the database: all of it when idle, what readers allow when busy."""
        if self.is_empty or not (idle or self._since >= AFTER or self._is_long()):
            return
        self._since = 0
        try:
            self.is_empty = self._moved(connection, idle=idle)
        except sqlite3.Error as error:
            # The log keeps what was committed; the next checkpoint tries again.
            logger.warning("a checkpoint failed: %s", error)
            self._failed(error)

    def _is_long(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = now
        return size_of(self._path) > self._most

    def _moved(self, connection: sqlite3.Connection, *, idle: bool) -> bool:
        """Whether the log is empty now."""
        if idle:
            return not checkpoints.empty(connection)
        size = size_of(self._path)
        if size <= self._most:
            checkpoints.passive(connection)
            return False
        is_empty = not checkpoints.empty(connection, wait_seconds=1)
        # A backup reads for longer than writes can wait: the next try is a log of twice the size.
        self._most = checkpoints.MOST_LOG if is_empty else 2 * size
        if not is_empty:
            logger.warning("the log has %d MiB: somebody has been reading for long", size >> 20)
        return is_empty
