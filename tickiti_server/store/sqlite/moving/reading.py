"""The tables of a SQLite database as a move reads them, in the order of the primary key."""

import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from operator import contains
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.sides import (
    DERIVED,
    OF_THE_STORE,
    Column,
    Key,
    Kind,
    Row,
    Table,
    Value,
)
from tickiti_server.store.sqlite.files.soundness import PLAIN_TABLES, unusable

_KINDS: dict[str, Kind] = {"INTEGER": "integer", "TEXT": "text", "BLOB": "bytes", "REAL": "real"}
_TYPES: dict[Kind, type] = {"integer": int, "text": str, "bytes": bytes, "real": float}

_OF_THE_FILE = ("schema_migration",)
_OF_THE_INDEX = "search_"
"""The tables of the index of texts begin like this. The server builds it again."""

_SETTINGS = ", ".join(f"'{name}'" for name in OF_THE_STORE)
WHERE = {"setting": f"name NOT IN ({_SETTINGS})"}
"""The rows of a table that belong to the helpdesk, where not all do."""


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Have an error of SQLite say which database it is about. Raises DatabaseUnusable."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(path, error) from error


class SqliteSide:
    """What source and target have in common. The connection returns rows as tuples."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        connection.row_factory = None

    @property
    def location(self) -> str:
        return str(self.path)

    @cached_property
    def tables(self) -> Sequence[Table]:
        with told(self.path):
            names = [name for (name,) in self.connection.execute(PLAIN_TABLES)]
            return [
                self._table(name)
                for name in names
                if name not in _OF_THE_FILE and not name.startswith(_OF_THE_INDEX)
            ]

    def _table(self, name: str) -> Table:
        info = self.connection.execute(f"PRAGMA table_info({name})").fetchall()
        columns = [
            Column(column, _KINDS[kind])
            for _, column, kind, *_ in info
            if (name, column) not in DERIVED
        ]
        keys = sorted((place, column) for _, column, *_, place in info if place)
        return Table(name, tuple(sorted(columns)), tuple(column for _, column in keys))

    def count(self, table: Table) -> int:
        where = WHERE.get(table.name, "TRUE")
        with told(self.path):
            (found,) = self.connection.execute(
                f"SELECT count(*) FROM {table.name} WHERE {where}"
            ).fetchone()
        return int(found)

    def rows(self, table: Table, after: Key | None = None) -> Generator[Row, None, None]:
        where = WHERE.get(table.name, "TRUE")
        if after is not None:
            where += f" AND ({', '.join(table.key)}) > ({', '.join('?' * len(table.key))})"
        columns = ", ".join(column.name for column in table.columns)
        order = ", ".join(table.key)
        sql = f"SELECT {columns} FROM {table.name} WHERE {where} ORDER BY {order}"
        checked = _check_of(table, self.location)
        with told(self.path):
            for row in self.connection.execute(sql, after or ()):
                checked(row)
                yield row

    def setting(self, name: str) -> str | None:
        row = self.connection.execute("SELECT value FROM setting WHERE name = ?", (name,))
        found = row.fetchone()
        return None if found is None else str(found[0])


def _check_of(table: Table, location: str) -> Callable[[Row], None]:
    """A function that raises DatabaseUnusable for a value that its column should not have: SQLite
    takes any, and other programs write to files too."""
    allowed = [{_TYPES[column.kind], type(None)} for column in table.columns]
    # The types of a whole row are looked up at once: rows have few kinds of these.
    known: set[tuple[type, ...]] = set()

    def check(row: Row) -> None:
        types = tuple(map(type, row))
        if types not in known:
            if not all(map(contains, allowed, types)):
                raise _wrong_value(table, location, row)
            known.add(types)

    return check


def _wrong_value(table: Table, location: str, row: Row) -> DatabaseUnusable:
    columns = [
        column.name
        for column, value in zip(table.columns, row, strict=True)
        if value is not None and type(value) is not _TYPES[column.kind]
    ]
    key: tuple[Value, ...] = table.key_of(row)
    return DatabaseUnusable(
        f"{location}: the row {', '.join(map(repr, key))} of table {table.name} has a value of"
        f" another type in {', '.join(columns)}."
    )
