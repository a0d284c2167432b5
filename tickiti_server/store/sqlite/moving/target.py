"""A SQLite file that a move fills.

Rule: rows come first, without indexes and triggers. One transaction at the end, of a second
connection, makes these, and removes the mark.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.mark import Mark, not_empty, refuse_another_source
from tickiti_server.store.moving.meanwhile import Meanwhile
from tickiti_server.store.moving.sides import FINISHED, MARK, Key, LastIds, Origin, Row, Table
from tickiti_server.store.sqlite import checkpoints
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.database import prepare
from tickiti_server.store.sqlite.files.integrity import (
    applied_migrations,
    open_for_reading,
    refuse_foreign_file,
    refuse_no_file,
    size_of,
)
from tickiti_server.store.sqlite.files.partial_files import sync
from tickiti_server.store.sqlite.moving.reading import WHERE, SqliteSide, told
from tickiti_server.store.upgrades import missing_migrations

PAGES_OF_WAL = 4_000
"""Pages after which SQLite itself moves the WAL into the file: nobody reads meanwhile."""

_POSTPONED = """
SELECT type, name, sql FROM sqlite_schema
 WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, rowid
"""

_SET = """
INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2
"""

_USED = "SELECT EXISTS (SELECT 1 FROM token_audit) OR EXISTS (SELECT 1 FROM ticket)"

_WITH_LAST_IDS = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
)


@contextmanager
def open_target(path: Path) -> Iterator["SqliteTarget"]:
    """Open a file whose lock the caller holds, or make it. Raises DatabaseUnusable, MoveRefused and
    OSError."""
    mark, record = _beginning_of(path)
    if record is not None:
        with open_for_reading(path) as connection:
            yield SqliteTarget(path, connection, None, record)
        return
    if mark is None:
        prepare(path)
    with told(path), closing(connect_writer(path)) as connection:
        _relax(connection)
        target = SqliteTarget(path, connection, mark)
        try:
            yield target
        finally:
            target.abandon()
    sync(path.parent)


def _beginning_of(path: Path) -> tuple[Mark | None, str | None]:
    """The mark of an unfinished move, or the record of one that is complete; neither for a file
    that nobody has used. Raises MoveRefused."""
    refuse_no_file(path)
    if not size_of(path):
        return None, None
    try:
        with open_for_reading(path) as connection:
            if not refuse_foreign_file(connection, path):
                return None, None
            missing = missing_migrations("sqlite", applied_migrations(connection), path)
            side = SqliteSide(path, connection)
            found, record = (None if missing else side.setting(name) for name in (MARK, FINISHED))
            is_used = bool(missing) or connection.execute(_USED).fetchone()[0]
    except DatabaseUnusable:
        raise not_empty(str(path), "data of another program or version") from None
    if found is None and record is None and is_used:
        raise not_empty(str(path), "a helpdesk")
    return None if found is None else Mark.of(found), record


def _relax(connection: sqlite3.Connection) -> None:
    """Fit a connection for a file that nobody else uses. References are checked at the end."""
    connection.execute("PRAGMA foreign_keys = OFF")
    # A batch that a power cut takes back is copied again.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_OF_WAL}")
    # An index of a million rows is sorted on the disk.
    connection.execute("PRAGMA temp_store = FILE")


class SqliteTarget(SqliteSide):
    """The Target of one file."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        mark: Mark | None,
        record: str | None = None,
    ) -> None:
        super().__init__(path, connection)
        self.finished = record
        self._mark = mark
        self._completing: tuple[sqlite3.Connection, Meanwhile] | None = None

    def begin(self, origin: Origin) -> bool:
        if self.finished is not None:
            raise not_empty(self.location, "a helpdesk")
        if self._mark is not None:
            refuse_another_source(self._mark, origin, self.location)
            if self._mark.origin.state == origin.state:
                return True
        with self._transaction():
            postponed = self._postpone()
            for table in self.tables:
                self.connection.execute(
                    f"DELETE FROM {table.name} WHERE {WHERE.get(table.name, 'TRUE')}"
                )
            later = self._mark.later if self._mark is not None else postponed
            self._set_mark(Mark(origin, later))
        return False

    def _postpone(self) -> Sequence[str]:
        """Drop indexes and triggers, and return the statements that make them."""
        found = self.connection.execute(_POSTPONED).fetchall()
        for kind, name, _ in found:
            self.connection.execute(f"DROP {kind} {name}")
        return [sql for _, _, sql in found]

    def last_key(self, table: Table) -> Key | None:
        where = WHERE.get(table.name, "TRUE")
        order = ", ".join(f"{name} DESC" for name in table.key)
        with told(self.path):
            found: Key | None = self.connection.execute(
                f"SELECT {', '.join(table.key)} FROM {table.name} WHERE {where}"
                f" ORDER BY {order} LIMIT 1"
            ).fetchone()
        return found

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        columns = ", ".join(column.name for column in table.columns)
        places = ", ".join("?" * len(table.columns))
        with self._transaction():
            self.connection.executemany(
                f"INSERT INTO {table.name} ({columns}) VALUES ({places})", rows
            )

    def complete_meanwhile(self) -> None:
        assert self._mark is not None
        with told(self.path):
            connection = connect_writer(self.path)
            _relax(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
        steps = [partial(connection.execute, statement) for statement in self._mark.later]
        check = partial(_refuse_broken, connection, self._mark.origin.location)
        work = Meanwhile([*steps, check], interrupt=connection.interrupt)
        self._completing = connection, work

    def abandon(self) -> None:
        """Take back what is made meanwhile, unless it was committed."""
        if self._completing is not None:
            connection, work = self._completing
            self._completing = None
            work.stop()
            connection.close()

    def begin_again_next_time(self) -> None:
        assert self._mark is not None
        self.abandon()
        with self._transaction():
            self._set_mark(Mark(self._mark.origin._replace(state=""), self._mark.later))

    def finish(self, last: LastIds, record: str) -> None:
        assert self._completing is not None
        connection, work = self._completing
        with told(self.path):
            work.wait()
            _set_last_ids(connection, last)
            connection.execute("DELETE FROM setting WHERE name = ?", (MARK,))
            connection.execute(_SET, (FINISHED, record))
            connection.execute("COMMIT")
            checkpoints.truncate(connection)

    def _set_mark(self, mark: Mark) -> None:
        self._mark = mark
        self.connection.execute(_SET, (MARK, mark.text()))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with told(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")


def _refuse_broken(connection: sqlite3.Connection, source: str) -> None:
    """Raise DatabaseUnusable if a reference leads nowhere. The rows are compared with the source's,
    which has the same one."""
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        table, row, other, _ = broken
        which = "A row" if row is None else f"The row {row}"
        raise DatabaseUnusable(
            f"{which} of table {table} in {source} refers to a row of {other} that is missing."
            " Repair it there, or restore a backup there, and run the same command again."
        )


def _set_last_ids(connection: sqlite3.Connection, last: LastIds) -> None:
    for (name,) in connection.execute(_WITH_LAST_IDS).fetchall():
        if name in last.ids:
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            values = (name, last.ids[name])
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", values)
