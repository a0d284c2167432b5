"""Whether the files that are open still have their names: the database and its write-ahead log.

A file that is removed or moved away takes every write as before, and keeps none: it is gone with
the process. So the writer looks before each batch is acknowledged, and once a second when idle.

The rule of this file: what is at the path is compared with what was opened, by device and inode. A
database never gets smaller, since nothing in it is given back: one that does was cut short by
another program, and what is written behind the cut is in no database. A further name for the same
file, as tools make that copy by linking, loses nothing; it is warned of once.
"""

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tickiti_server.store.sqlite.soundness import log_of

logger = logging.getLogger("tickiti.store")

Identity = tuple[int, int]
"""Device and inode."""


class Loss(NamedTuple):
    """What is not there any more, and whether what the log holds can still be saved."""

    sentence: str
    can_save: bool


class Presence:
    """Knows the two files by what they were when they were opened."""

    def __init__(self, path: Path) -> None:
        # Texts: a path object would be turned into one with each look.
        self._database, self._log = str(path), str(log_of(path))
        self._opened: tuple[Identity, Identity] | None = None
        self._size = 0
        self._is_cut = False
        self._is_warned = False

    def opened(self) -> None:
        """A connection was opened, and has read. Raises OSError."""
        self._opened = (_identity(self._database), _identity(self._log))
        self._size = 0

    def failed(self, error: BaseException) -> None:
        """SQLite has met an error. One of them says that the log has less in it than was put."""
        self._is_cut |= getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ

    def loss(self) -> Loss | None:
        """None while both are there. Two calls of the system: each batch pays for them."""
        assert self._opened is not None
        database, log = self._opened
        try:
            found = os.stat(self._database)  # noqa: PTH116
        except OSError:
            return Loss(_gone(self._database), _has_a_name(database))
        if (found.st_dev, found.st_ino) != database:
            return Loss(_replaced(self._database), _has_a_name(database))
        if found.st_size < self._size:
            return Loss(_cut(self._database), can_save=False)
        self._size = found.st_size
        if found.st_nlink > 1 and not self._is_warned:
            self._warn()
        if self._is_cut:
            return Loss(_cut(self._log), can_save=False)
        try:
            is_there = _identity(self._log) == log
        except OSError:
            return Loss(_gone(self._log), can_save=True)
        return None if is_there else Loss(_replaced(self._log), can_save=True)

    def _warn(self) -> None:
        self._is_warned = True
        logger.warning(
            "%s has a second name (a hard link): that is no copy, it changes with the database; "
            "make one with: tickiti server backup FILE",
            self._database,
        )


def _identity(path: str) -> Identity:
    found = os.stat(path)  # noqa: PTH116
    return found.st_dev, found.st_ino


def _gone(path: str) -> str:
    return f"{path} was removed or moved while the server had it open"


def _replaced(path: str) -> str:
    return f"{path} was replaced by another file while the server had it open"


def _cut(path: str) -> str:
    return f"{path} was cut short while the server had it open"


def _has_a_name(database: Identity) -> bool:
    """Whether the file that is open has any name left; False where that cannot be found out."""
    with suppress(OSError):
        for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names, not paths
            with suppress(OSError):
                found = os.stat(f"/proc/self/fd/{number}")  # noqa: PTH116
                if (found.st_dev, found.st_ino) == database:
                    return found.st_nlink > 0
    return False
