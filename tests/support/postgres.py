"""Databases of the tests' own cluster, one for each path that a test gives."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract.files.database_location import DatabaseUrl

if TYPE_CHECKING:
    from tests.support.cluster import Cluster

MOST_KEPT = 12
"""Databases that stay: a test has few, and each takes ten megabytes."""

_made: "OrderedDict[str, None]" = OrderedDict()


def url_of(path: Path) -> DatabaseUrl:
    """The URL of the database that stands for this path. It is made when it is first asked for."""
    return _made_from(path, "template1")


def _made_from(path: Path, template: str) -> DatabaseUrl:
    name = f"t_{hashlib.sha256(str(path).encode()).hexdigest()[:24]}"
    if name not in _made:
        _forget_the_oldest()
        with _cluster().connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _made[name] = None
    return DatabaseUrl(_cluster().url(name))


@cache
def _template() -> str:
    """A database that nobody is connected to, with tables."""
    from tickiti_server.store.open import prepare_database

    name = "t_template"
    with _cluster().connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    prepare_database(DatabaseUrl(_cluster().url(name)))
    return name


def migrated(path: Path) -> DatabaseUrl:
    """The URL of a database for this path that has the tables already, as a copy of another one."""
    return _made_from(path, _template())


def has_tables(path: Path) -> bool:
    return bool(rows(path, "SELECT count(to_regclass('ticket'))")[0][0])


def rows(path: Path, sql: str, values: Mapping[str, object] | None = None) -> list[Any]:
    """The rows of a query of the server's SQL, as tuples."""
    with _connection(path) as connection:
        return connection.execute(_translated(sql), values or {}).fetchall()


def execute(path: Path, sql: str, values: Mapping[str, object] | None = None) -> None:
    with _connection(path) as connection:
        connection.execute(_translated(sql), values or {})


def execute_many(path: Path, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
    with _connection(path) as connection, connection.transaction():
        connection.cursor().executemany(_translated(sql), rows)


def execute_script(path: Path, sql: str) -> None:
    with _connection(path) as connection:
        connection.execute(sql)


def tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    with _connection(path) as connection:
        found = {}
        for (name,) in connection.execute(names).fetchall():
            cursor = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column.name for column in cursor.description or ()]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        return found


@contextmanager
def write_lock(path: Path) -> Iterator[Callable[[], None]]:
    """Keep others from writing to any table; what is yielded lets go of it early."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    with _connection(path) as connection:
        tables = ", ".join(f'"{name}"' for (name,) in connection.execute(names))
        connection.execute("BEGIN")
        connection.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        yield lambda: connection.execute("ROLLBACK")


def _forget_the_oldest() -> None:
    """Drop databases of earlier tests that nobody is connected to."""
    with _cluster().connect() as connection:
        for name in [*_made][:-MOST_KEPT]:
            busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            if connection.execute(busy, [name]).fetchone() == (0,):
                connection.execute(f'DROP DATABASE "{name}"')
                del _made[name]


def connection_to(url: str) -> Any:
    """A connection of another program, which commits each statement."""
    from tickiti_server.store.postgres.connection import configure

    connection = _cluster().connect(url.rpartition("/")[2])
    configure(connection)
    return connection


def _connection(path: Path) -> Any:
    return connection_to(url_of(path))


def _translated(sql: str) -> str:
    from tickiti_server.store.postgres.statements.translation import translated

    return translated(sql, locks=False)


@cache
def _cluster() -> "Cluster":
    # Imported late, so that tests on SQLite need no psycopg.
    from tests.support.cluster import cluster

    return cluster()
