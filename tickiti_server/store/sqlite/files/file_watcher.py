"""Detects that the open database or its WAL was removed, replaced or truncated.

A removed file accepts every write as before, but its data is lost with the process. So the writer
checks both files before each batch is acknowledged, and once a second when idle.

Rule: the file at the path is compared with the opened file by device and inode. A database never
shrinks, because no page is given back. A smaller file was truncated by another program, and writes
behind its end are lost. A hard link to the file loses nothing, and is logged once.
"""

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tickiti_server.store.sqlite.checkpoints import MOST_WAL
from tickiti_server.store.sqlite.files.integrity import wal_path

logger = logging.getLogger("tickiti.store")

Identity = tuple[int, int]
"""Device and inode."""


class FileLoss(NamedTuple):
    """A lost file, and whether the commits in the WAL can still be saved."""

    sentence: str
    can_save: bool


class FileWatcher:
    """Compares the two files with their identities at the time of opening."""

    def __init__(self, path: Path) -> None:
        # Strings, because os.stat converts a Path with each check.
        self._database, self._log = str(path), str(wal_path(path))
        self._opened: tuple[Identity, Identity] | None = None
        self._size = self.log_size = 0
        """Bytes of the database, and of the WAL as last seen."""

        self._damage = ""
        self._is_warned = False

    def record_identities(self) -> None:
        """Record the files of a connection that has read already. Raises OSError."""
        self._opened = (_identity(self._database), _identity(self._log))
        self._size = self.log_size = 0

    def note_checkpoint(self) -> None:
        """Note that the WAL may be shorter now."""
        with suppress(OSError):
            self.log_size = os.stat(self._log).st_size  # noqa: PTH116

    def note_error(self, error: BaseException) -> None:
        """Note an error of SQLite. A short read means that the WAL was truncated."""
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ:
            self._damage = _cut(self._log)

    def note_damage(self, sentence: str) -> None:
        """Note what a check of the database found."""
        self._damage = sentence

    def find_loss(self) -> FileLoss | None:
        """Return None while both files are in place. Each batch pays for two system calls."""
        assert self._opened is not None
        database, log = self._opened
        try:
            found = os.stat(self._database)  # noqa: PTH116
        except OSError:
            return FileLoss(_gone(self._database), _has_a_name(database))
        if (found.st_dev, found.st_ino) != database:
            return FileLoss(_replaced(self._database), _has_a_name(database))
        if found.st_size < self._size:
            return FileLoss(_cut(self._database), can_save=False)
        self._size = found.st_size
        if found.st_nlink > 1 and not self._is_warned:
            self._warn()
        if self._damage:
            return FileLoss(self._damage, can_save=False)
        return self._find_loss_of_log(log)

    def _find_loss_of_log(self, log: Identity) -> FileLoss | None:
        try:
            found = os.stat(self._log)  # noqa: PTH116
        except OSError:
            return FileLoss(_gone(self._log), can_save=True)
        if (found.st_dev, found.st_ino) != log:
            return FileLoss(_replaced(self._log), can_save=True)
        self.log_size = found.st_size
        return None

    def has_shorter_log(self) -> bool:
        """Whether the WAL is shorter than it was. SQLite cuts one that is longer than its limit,
        and another program may have moved all of it into the database; else commits are lost."""
        with suppress(OSError):
            return os.stat(self._log).st_size < min(self.log_size, MOST_WAL)  # noqa: PTH116
        return False

    def _warn(self) -> None:
        self._is_warned = True
        logger.warning(
            "%s has a second name (a hard link): that is not a copy, it changes with the database; "
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
    """Whether the open file has a name left; False if that is unknown."""
    with suppress(OSError):
        for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names, not paths
            with suppress(OSError):
                found = os.stat(f"/proc/self/fd/{number}")  # noqa: PTH116
                if (found.st_dev, found.st_ino) == database:
                    return found.st_nlink > 0
    return False
