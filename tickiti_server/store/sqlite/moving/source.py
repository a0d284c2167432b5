"""A SQLite file that a move reads: read-only, in one transaction."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.sides import LastIds, MoveRefused, Origin
from tickiti_server.store.sqlite.files import backup
from tickiti_server.store.sqlite.files.integrity import (
    applied_migrations,
    open_for_reading,
    refuse_foreign_wal,
    size_of,
    wal_path,
)
from tickiti_server.store.sqlite.moving.reading import SqliteSide, told
from tickiti_server.store.upgrades import missing_migrations

_EPOCH = "test_epoch"
_AUTOINCREMENT = re.compile(r"\bAUTOINCREMENT\b")


@contextmanager
def open_source(path: Path) -> Iterator["SqliteSource"]:
    """Open a file whose lock the caller holds. Raises DatabaseUnusable, MoveRefused and OSError."""
    backup.expect_file(path)
    refuse_foreign_wal(path)
    before = _stamp(path)
    with open_for_reading(path) as connection:
        connection.execute("BEGIN")
        # Every page and every reference: PostgreSQL would refuse them at the end.
        backup.summary_of(connection, path)
        _refuse_older(connection, path)
        source = SqliteSource(path, connection, before)
        if source.setting(_EPOCH) is not None:
            raise MoveRefused(f"{path} is a database of test mode, which is for SQLite alone.")
        yield source


class SqliteSource(SqliteSide):
    """The Source of one file."""

    def __init__(self, path: Path, connection: sqlite3.Connection, stamp: str) -> None:
        super().__init__(path, connection)
        self._stamp = stamp

    @property
    def origin(self) -> Origin:
        (identity,) = self.connection.execute("PRAGMA user_version").fetchone()
        return Origin(self.location, f"sqlite {identity or self.location}", self._stamp)

    def last_ids(self) -> LastIds:
        with told(self.path):
            given = dict(self.connection.execute("SELECT name, seq FROM sqlite_sequence"))
            ids = {
                table.name: max(self._highest(table.name, table.key[0]), given.get(table.name, 0))
                for table in self.tables
                if len(table.key) == 1 and (table.key[0], "integer") in table.columns
            }
            return LastIds(ids, self._highest("ticket", "number"))

    def _highest(self, table: str, column: str) -> int:
        sql = f"SELECT coalesce(max({column}), 0) FROM {table}"
        (found,) = self.connection.execute(sql).fetchone()
        return int(found)

    def has_changed(self) -> bool:
        return _stamp(self.path) != self._stamp


def _refuse_older(connection: sqlite3.Connection, path: Path) -> None:
    missing = missing_migrations("sqlite", applied_migrations(connection), path)
    if missing:
        raise DatabaseUnusable(
            f"{path} is a database of an older version. Start a server on it once, and stop it:"
            f" tickiti server start --db {path} --detach"
        )


def _stamp(path: Path) -> str:
    """Size and time of the last write of the file and of its WAL."""
    log = wal_path(path)
    files = [path, *([log] if size_of(log) else [])]
    return " ".join(f"{file.stat().st_size}@{file.stat().st_mtime_ns}" for file in files)
