"""The tables of a PostgreSQL database as a move reads them, in the order of the primary key.

Rule: rows are read by COPY, which sends one after the other, so that none waits in memory.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.sides import (
    DERIVED,
    OF_THE_STORE,
    Column,
    InUse,
    Key,
    Kind,
    Row,
    Table,
)
from tickiti_server.store.postgres import locks
from tickiti_server.store.postgres.connection import (
    APPLICATION,
    Connection,
    is_behind_pooler,
    number,
)
from tickiti_server.store.postgres.errors import is_lost, reason
from tickiti_server.store.postgres.upkeep.servers import is_served, is_soon

NAME = f"{APPLICATION} migrate"
"""The connection of a move in pg_stat_activity."""

OWN = {("ticket", "inserted_at"), ("response", "inserted_at"), ("response", "text_key")}
"""Columns of PostgreSQL alone: for lists that miss nothing, and for its index of texts. Defaults
and triggers fill them."""

TYPES: dict[Kind, str] = {
    "integer": "int8",
    "text": "text",
    "bytes": "bytea",
    "real": "float8",
}
_KINDS = {name: kind for kind, name in TYPES.items()}

_OF_THE_DATABASE = ("schema_migration", "token_version")
"""Tables that say something about the database, and nothing about the helpdesk."""

_TABLES = """
SELECT c.relname AS name FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
 ORDER BY c.relname COLLATE "C"
"""

_COLUMNS = """
SELECT a.attname AS name, t.typname AS type
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attname COLLATE "C"
"""

_KEY = """
SELECT a.attname AS name
  FROM pg_index i
 CROSS JOIN unnest(i.indkey::SMALLINT[]) WITH ORDINALITY AS part (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
 WHERE i.indrelid = %(table)s::regclass AND i.indisprimary
 ORDER BY part.place
"""

WHERE = {
    "setting": sql.SQL("name NOT IN ({})").format(
        sql.SQL(", ").join(map(sql.Literal, OF_THE_STORE))
    )
}
"""The rows of a table that belong to the helpdesk, where not all do."""


@contextmanager
def told(url: str) -> Iterator[None]:
    """Have an error of PostgreSQL say which database it is about. Raises DatabaseUnusable."""
    try:
        yield
    except psycopg.Error as error:
        raise DatabaseUnusable(sentence(url, error)) from error


def sentence(what: str, error: psycopg.Error) -> str:
    """What has failed, in one sentence."""
    again = " Run the same command again to resume." if is_lost(error) else ""
    return f"{what}: {reason(error)}.{again}"


def claim(connection: Connection, url: str) -> None:
    """Keep servers and other moves off until the connection ends. Raises InUse and
    DatabaseUnusable."""
    if is_behind_pooler(connection):
        raise DatabaseUnusable(
            f"{url} leads to a pooler such as PgBouncer, which does not keep the lock of a move:"
            " give the address of PostgreSQL itself."
        )
    lock: LiteralString = f"SELECT pg_try_advisory_lock({locks.MOVE})::INTEGER"
    if not is_soon(lambda: bool(number(connection, lock))):
        raise InUse(f"Another run of server migrate, or a server that starts, uses {url}.")
    if not is_soon(lambda: not is_served(connection)):
        raise InUse(
            f"A server is connected to {url}. Stop each of its servers first:"
            " tickiti server stop --name NAME"
        )


class PostgresSide:
    """What source and target have in common."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.location = url
        self.connection = connection

    @cached_property
    def tables(self) -> Sequence[Table]:
        with told(self.location):
            return [self._table(name) for name in self.names() if name not in _OF_THE_DATABASE]

    def names(self) -> Sequence[str]:
        return [row["name"] for row in self.connection.execute(_TABLES)]

    def _table(self, name: str) -> Table:
        of = {"table": sql.Identifier(name).as_string(self.connection)}
        columns = [
            Column(row["name"], _KINDS[row["type"]])
            for row in self.connection.execute(_COLUMNS, of)
            if (name, row["name"]) not in DERIVED | OWN
        ]
        key = tuple(row["name"] for row in self.connection.execute(_KEY, of))
        return Table(name, tuple(columns), key)

    def count(self, table: Table) -> int:
        return self.value(
            sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
                sql.Identifier(table.name), where_of(table)
            )
        )

    def rows(self, table: Table, after: Key | None = None) -> Generator[Row, None, None]:
        where = where_of(table)
        if after is not None:
            where += sql.SQL(" AND ({}) > ({})").format(
                _listed(table.key), sql.SQL(", ").join(map(sql.Literal, after))
            )
        query = sql.SQL("COPY (SELECT {} FROM {} WHERE {} ORDER BY {}) TO STDOUT (FORMAT BINARY)")
        names = _listed([column.name for column in table.columns])
        statement = query.format(names, sql.Identifier(table.name), where, _listed(table.key))
        with (
            told(self.location),
            self.connection.cursor(row_factory=tuple_row) as cursor,
            cursor.copy(statement) as copy,
        ):
            copy.set_types([TYPES[column.kind] for column in table.columns])
            yield from copy.rows()

    def value(self, query: sql.Composed, values: Any = None) -> int:
        """The only column of the first row, which is a number."""
        with told(self.location):
            row = self.connection.execute(query, values).fetchone()
        return 0 if row is None else int(next(iter(row.values())) or 0)


def where_of(table: Table) -> sql.Composable:
    return WHERE.get(table.name, sql.SQL("TRUE"))


def _listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
