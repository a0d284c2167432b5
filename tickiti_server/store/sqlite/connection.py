"""Opens connections to a SQLite file, for writing or reading, and translates SQLite's errors."""

import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tickiti_cli.contract.errors import (
    ApiError,
    Overloaded,
    StorageFull,
    StorageUnavailable,
    ValidationFailed,
)
from tickiti_server.store.interface import (
    NAME_TAKEN,
    Bind,
    DatabaseUnusable,
    Parameters,
    Result,
    Row,
    Work,
)
from tickiti_server.store.sqlite.checkpoints import MOST_WAL
from tickiti_server.store.sqlite.functions import Connection, register_functions
from tickiti_server.store.sqlite.indexing.text_index import SqliteTextIndex

VERSION = sqlite3.sqlite_version
"""The version of the SQLite library."""

OLDEST = (3, 35, 0)
"""The first SQLite with RETURNING and DROP COLUMN."""

READ_SECONDS = 5.0
"""Longer reads are interrupted, because an open read keeps the WAL from being reset."""

SEARCH_TOO_LONG = (
    f"The search took longer than {READ_SECONDS:.0f} seconds. Narrow it: name a queue, a status or "
    "days too, and look for fewer words."
)

STEPS_BETWEEN_CHECKS = 20_000
"""Virtual-machine steps between two checks of a reader's deadline, about a millisecond."""

FIRST_NUMBER = 220_009
"""The number of the first ticket of a new database, as in the vendor's documentation."""


Values = Parameters | Sequence[object]
"""By name, as everything above a driver gives them, or by place."""


class SqliteTransaction:
    """The Transaction of one connection."""

    __slots__ = ("_run",)

    # One connection writes, so no other transaction can take the same number, or an earlier one.
    next_ticket_number = f"(SELECT coalesce(max(number), {FIRST_NUMBER - 1}) + 1 FROM ticket)"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    @property
    def text_index(self) -> SqliteTextIndex:
        return SqliteTextIndex(self)

    @property
    def has_lateral(self) -> bool:
        return False

    def settled_tickets(self, bind: Bind) -> str:
        del bind  # one connection writes
        return ""

    settled_responses = settled_tickets

    def lock(self, name: str, /) -> None:
        """Do nothing: one connection writes."""

    def try_lock(self, name: str, /) -> bool:
        del name  # one connection writes
        return True

    def execute(self, sql: str, parameters: Values | None = None, /) -> int:
        return self._run(sql, parameters or {}).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[object]], /) -> None:
        """Run a statement with `?` once for each row."""
        # Not kept by the constructor, which every request pays for.
        connection: sqlite3.Connection = self._run.__self__  # type: ignore[attr-defined]
        connection.executemany(sql, rows)

    def insert(self, sql: str, parameters: Parameters | None = None, /) -> int:
        # Not RETURNING, because fetching a result releases the interpreter lock twice more.
        done = self._run(sql, parameters or {})
        return (done.lastrowid or 0) if done.rowcount else 0

    def one(self, sql: str, parameters: Values | None = None, /) -> Row | None:
        # fetchall, because a statement with RETURNING ends only when every row is fetched.
        rows: list[Row] = self._run(sql, parameters or {}).fetchall()
        return rows[0] if rows else None

    def all(self, sql: str, parameters: Parameters | None = None, /) -> Sequence[Row]:
        return self._run(sql, parameters or {}).fetchall()

    def few(
        self, sql: str, parameters: Parameters | None = None, /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        raise NotImplementedError("only a ReadingTransaction has few()")


def refuse_old_library() -> None:
    """Raise DatabaseUnusable if the SQLite library is too old for the server's SQL."""
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(str(part) for part in OLDEST)
        raise DatabaseUnusable(
            f"The Python below {sys.prefix} has SQLite {VERSION}; the server needs {needed} or "
            "later. Install tickiti with a Python that has it."
        )


def connect_writer(path: Path) -> Connection:
    """Open the one connection that may write. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        factory=Connection,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk before the reply is sent. Builds differ in the default.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    # The writer decides when to checkpoint, see wal.py.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA journal_size_limit = {MOST_WAL}")
    connection.execute("PRAGMA mmap_size = 0")
    # A savepoint stores the old pages in memory, so that no temporary file is written.
    connection.execute("PRAGMA temp_store = MEMORY")
    register_functions(connection)
    return connection


def storage_error(error: sqlite3.Error) -> ApiError:
    """Translate an error of SQLite into the error that a client gets."""
    extended = getattr(error, "sqlite_errorcode", 0)
    if extended == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
        return ValidationFailed(NAME_TAKEN)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(retry_after=5)
    if code == sqlite3.SQLITE_INTERRUPT:
        return Overloaded(f"Reading took longer than {READ_SECONDS:.0f} seconds.", retry_after=1)
    if code == sqlite3.SQLITE_BUSY:
        return Overloaded("Another program holds the database; nothing was changed.", retry_after=1)
    return StorageUnavailable(retry_after=1)


def is_rolled_back(error: sqlite3.Error) -> bool:
    """Whether a COMMIT that failed with this error wrote no commit record to the WAL.

    The commit record is written last, and a failed fsync comes after that record.
    """
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
    register_functions(connection)
    return connection


def run_lookup(connection: sqlite3.Connection, work: Work[Result]) -> Result:
    """Run `work`, a statement or two by key, each on a snapshot of its own.

    Every statement releases the interpreter lock and competes for it with the writer. A BEGIN and a
    ROLLBACK around a look-up would cost more than the look-up.
    """
    try:
        return work(SqliteTransaction(connection))
    except sqlite3.Error as error:
        raise storage_error(error) from error


def refuse_late_read(asked: float) -> None:
    """Raise Overloaded if a read has waited since `asked` for as long as a read may run.

    Otherwise each read behind several long ones would wait for the sum of their times.
    """
    if time.monotonic() - asked > READ_SECONDS:
        raise Overloaded("Other reads take too long; nothing was read.", retry_after=1)
