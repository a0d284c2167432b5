"""Limits how many bytes a read may hold in memory.

Rule: rows are counted while they are fetched, so that a result that is too large is never held in
full. One large read runs at a time, so that several cannot fill the memory together.
"""

import sqlite3
import threading
import time
from collections.abc import Sequence
from math import inf

from tickiti_cli.contract.errors import Overloaded, PayloadTooLarge
from tickiti_server.store.interface import Parameters, Result, Row, Work
from tickiti_server.store.sqlite import connection as own
from tickiti_server.store.sqlite.connection import (
    STEPS_BETWEEN_CHECKS,
    SqliteTransaction,
    storage_error,
)
from tickiti_server.store.sqlite.functions import Connection

MOST_READ = 64 * 1024 * 1024
"""Bytes of one list; its rows, objects and JSON take several times as much."""

LARGE_READ = 4 * 1024 * 1024
"""Bytes above which a read is large and waits for other large reads."""

ROW_BYTES = 256
"""Bytes of a row besides its texts, as an object and as JSON."""

_large_read = threading.Semaphore(1)


class ReadingTransaction(SqliteTransaction):
    """The transaction of a read, which ends with `close`."""

    __slots__ = ("_has_large_read", "_read")

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._read = 0
        self._has_large_read = False

    def all(self, sql: str, parameters: Parameters | None = None, /) -> Sequence[Row]:
        rows, is_all = self.few(sql, parameters, most=MOST_READ)
        if not is_all:
            raise PayloadTooLarge(
                f"The reply would be larger than {MOST_READ >> 20} MiB. Ask for less of it: by a "
                "smaller limit, where the endpoint has one, or by narrower conditions."
            )
        return rows

    def few(
        self, sql: str, parameters: Parameters | None = None, /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        rows: list[Row] = []
        read, most_read = self._read, self._read + most
        large = inf if self._has_large_read else LARGE_READ
        cursor = self._run(sql, parameters or {})
        try:
            for row in cursor:
                read += ROW_BYTES
                for value in row:
                    if type(value) is str or type(value) is bytes:
                        read += len(value)
                if read > large:
                    large = inf
                    self._wait_for_large_read()
                if rows and read > most_read:
                    return rows, False
                rows.append(row)
        finally:
            self._read = read
            cursor.close()
        return rows, True

    def close(self) -> None:
        if self._has_large_read:
            self._has_large_read = False
            _large_read.release()

    def _wait_for_large_read(self) -> None:
        if not _large_read.acquire(timeout=own.READ_SECONDS):
            raise Overloaded("Too many large replies at once; nothing was read.", retry_after=1)
        self._has_large_read = True


def run_reader(connection: Connection, work: Work[Result]) -> Result:
    """Run `work` on one snapshot, for at most READ_SECONDS."""
    deadline = connection.deadline = time.monotonic() + own.READ_SECONDS
    connection.has_searched = False
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_CHECKS)
    transaction = ReadingTransaction(connection)
    try:
        connection.execute("BEGIN")
        return work(transaction)
    except sqlite3.Error as error:
        if connection.has_searched and time.monotonic() > deadline:
            raise Overloaded(own.SEARCH_TOO_LONG, retry_after=1) from error
        raise storage_error(error) from error
    finally:
        transaction.close()
        if connection.in_transaction:
            connection.rollback()
