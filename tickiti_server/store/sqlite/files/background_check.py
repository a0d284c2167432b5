"""Checks a large database beside its requests, after a server of it was killed.

A check of every page takes a minute at a million tickets, and a start may not. So the start reads
the tables that every request needs and the newest rows, which a torn write would hit, and the rest
is checked table by table. A check that a stop cuts off begins again with the next server.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable, Transaction
from tickiti_server.store.sqlite.connection import connect_reader
from tickiti_server.store.sqlite.files.integrity import size_of
from tickiti_server.store.sqlite.files.soundness import (
    LARGE,
    PLAIN_TABLES,
    is_damage,
    refuse_unsound,
    unusable,
)

DUE = "check_due"
"""The setting of a database whose pages are not all checked since a server of it was killed."""

_STEPS = 20_000
"""Virtual-machine steps between two looks for the end of the server."""

BEGINS_AFTER_SECONDS = 2.0
"""The start of a server, and its first requests, need the processor more."""

logger = logging.getLogger("tickiti.store")


def is_due(connection: sqlite3.Connection) -> bool:
    sql = "SELECT 1 FROM setting WHERE name = ?"
    return connection.execute(sql, (DUE,)).fetchone() is not None


def note_due(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR IGNORE INTO setting (name, value) VALUES (?, '1')", (DUE,))


def forget(tx: Transaction) -> None:
    tx.execute("DELETE FROM setting WHERE name = :name", {"name": DUE})


class BackgroundCheck(threading.Thread):
    """The check of one database. It ends with the process, wherever it is."""

    def __init__(
        self, path: Path, *, passed: Callable[[], object], damaged: Callable[[str], object]
    ) -> None:
        """The thread calls `passed` when all is checked, and `damaged` with a sentence."""
        super().__init__(name="check", daemon=True)
        self._path = path
        self._passed = passed
        self._damaged = damaged
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        self._is_stopped.set()

    def run(self) -> None:
        if self._is_stopped.wait(BEGINS_AFTER_SECONDS):
            return
        logger.info("checking the database, after a server of it was killed")
        try:
            self._check()
        except sqlite3.Error as error:
            if is_damage(error):
                self._damaged(str(unusable(self._path, error)))
            # A busy database, or one whose disk is absent, may be sound.
            elif not self._is_stopped.is_set():
                logger.warning("the check of the database ended early: %s", error)
            return
        except DatabaseUnusable as error:
            self._damaged(str(error))
            return
        logger.info("the database is sound")
        self._passed()

    def _check(self) -> None:
        pragma = "integrity_check" if size_of(self._path) <= LARGE else "quick_check"
        with closing(connect_reader(self._path)) as connection:
            connection.set_progress_handler(self._is_stopped.is_set, _STEPS)
            for (table,) in connection.execute(PLAIN_TABLES).fetchall():
                if self._is_stopped.is_set():
                    raise sqlite3.OperationalError("interrupted")
                # One read for each table, because an open read keeps the WAL from being reset.
                refuse_unsound(connection, self._path, pragma=pragma, table=table)
