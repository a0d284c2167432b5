"""Connections to one SQLite file: the one that writes, those that read, and what errors mean."""

import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tickiti_cli.contract.errors import ApiError, Overloaded, StorageFull, StorageUnavailable
from tickiti_server.store.database import DatabaseUnusable, Parameters, Result, Row, Work
from tickiti_server.store.sqlite.checkpoints import MOST_LOG
from tickiti_server.store.sqlite.functions import Connection, teach

VERSION = sqlite3.sqlite_version
"""Of the library behind the driver."""

OLDEST = (3, 35, 0)
"""The first that knows RETURNING and DROP COLUMN; searching parts of words needs 3.34."""

READ_SECONDS = 5.0
"""A reader pins the write-ahead log, which then only grows: longer reads are cut off."""

SEARCH_TOO_LONG = (
    f"The search took longer than {READ_SECONDS:.0f} seconds. Narrow it: name a queue, a status or "
    "days too, and look for fewer words."
)

STEPS_BETWEEN_LOOKS = 20_000
"""Virtual-machine steps between two looks at a reader's deadline, about a millisecond."""

FIRST_NUMBER = 220_009
"""The first ticket's number on a new database: the one in the vendor's documentation."""


class SqliteTransaction:
    """The seam's Transaction on one connection."""

    __slots__ = ("_run",)

    # There is one writer, so nobody else can take the same number.
    next_ticket_number = f"(SELECT coalesce(max(number), {FIRST_NUMBER - 1}) + 1 FROM ticket)"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def execute(self, sql: str, parameters: Parameters | None = None, /) -> int:
        return self._run(sql, parameters or {}).rowcount

    def insert(self, sql: str, parameters: Parameters | None = None, /) -> int:
        # Not RETURNING: fetching a result lets go of the interpreter's lock twice more.
        done = self._run(sql, parameters or {})
        return (done.lastrowid or 0) if done.rowcount else 0

    def one(self, sql: str, parameters: Parameters | None = None, /) -> Row | None:
        # fetchall, not fetchone: a statement with RETURNING ends only when it is read to its end.
        rows: list[Row] = self._run(sql, parameters or {}).fetchall()
        return rows[0] if rows else None

    def all(self, sql: str, parameters: Parameters | None = None, /) -> Sequence[Row]:
        return self._run(sql, parameters or {}).fetchall()

    def few(
        self, sql: str, parameters: Parameters | None = None, /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        raise NotImplementedError("a reader's alone, see ReadingTransaction")


def refuse_old_library() -> None:
    """Raise DatabaseUnusable where SQLite is too old for what the server says to it."""
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(str(part) for part in OLDEST)
        raise DatabaseUnusable(
            f"The Python below {sys.prefix} has SQLite {VERSION}; the server needs {needed} or "
            "later. Install tickiti with a Python that has it."
        )


def connect_writer(path: Path) -> Connection:
    """The one connection that may write. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        factory=Connection,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk before the reply leaves. Set, because builds differ in defaults.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    # The writer checkpoints when it chooses to, see Writer.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA journal_size_limit = {MOST_LOG}")
    connection.execute("PRAGMA mmap_size = 0")
    # A savepoint keeps the pages it may have to restore: in memory, not in a file of its own.
    connection.execute("PRAGMA temp_store = MEMORY")
    teach(connection)
    return connection


def storage_error(error: sqlite3.Error) -> ApiError:
    """What a caller is told of a failure of SQLite itself."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(retry_after=5)
    if code == sqlite3.SQLITE_INTERRUPT:
        return Overloaded(f"Reading took longer than {READ_SECONDS:.0f} seconds.", retry_after=1)
    if code == sqlite3.SQLITE_BUSY:
        return Overloaded("Another program holds the database; nothing was changed.", retry_after=1)
    return StorageUnavailable(retry_after=1)


def is_undone(error: sqlite3.Error) -> bool:
    """Whether a COMMIT that failed so has left nothing in the log that could count: its commit
    record comes last. A failed sync comes after that record."""
    code = getattr(error, "sqlite_errorcode", 0)
    never_began = code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY)
    return never_began or code == sqlite3.SQLITE_IOERR_WRITE


def connect_reader(path: Path) -> Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        factory=Connection,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA busy_timeout = 5000")
    teach(connection)
    return connection


def look_up(connection: sqlite3.Connection, work: Work[Result]) -> Result:
    """Run `work`, which is a statement or two by key: each sees a snapshot of its own.

    Every statement lets go of the interpreter's lock and has to win it back from the writer, so a
    BEGIN and a ROLLBACK around one look-up would cost more than the look-up.
    """
    try:
        return work(SqliteTransaction(connection))
    except sqlite3.Error as error:
        raise storage_error(error) from error


def refuse_late(asked: float) -> None:
    """Raise Overloaded where other reads have kept one waiting since `asked` for as long as it may
    take itself: behind a few long ones, each would wait for the sum of those before it."""
    if time.monotonic() - asked > READ_SECONDS:
        raise Overloaded("Other reads take too long; nothing was read.", retry_after=1)
