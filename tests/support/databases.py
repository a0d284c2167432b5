"""A database as tests see it: SQL on it, its write lock, and scenarios on its transactions.

Rule: tests of everything above a driver name no driver. TICKITI_TEST_STORE says where the databases
are: `sqlite`, or `postgres`, where a path stands for a database of the tests' own cluster.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.support import postgres
from tickiti_cli.contract.files.database_location import Location
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import open_database, prepare_database

IS_POSTGRES = os.environ.get("TICKITI_TEST_STORE", "sqlite") == "postgres"


def location(path: Path) -> Location:
    """The database that stands for this path: the path itself, or a URL."""
    return postgres.url_of(path) if IS_POSTGRES else path


def exists(path: Path) -> bool:
    """Whether a database was made for this path."""
    return postgres.has_tables(path) if IS_POSTGRES else path.exists()


def run(path: Path, scenario: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """Return the result of a scenario on the database. A missing database is made first."""

    async def whole() -> Any:
        if not exists(path):
            prepare_database(location(path))
        database = open_database(location(path))
        try:
            return await scenario(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def prepared_with_queues(path: Path) -> None:
    """Make a database with the queues Sales and Support unless there is one."""
    if exists(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepare_database(location(path))
    run(path, lambda database: database.write(_add_two_queues))


def _add_two_queues(tx: Transaction) -> None:
    for name in ("Sales", "Support"):
        queues.add_queue(tx, name)


def queue_names(tx: Transaction) -> list[str]:
    return [row["name"] for row in tx.all("SELECT name FROM queue ORDER BY id")]


def rows(database: Path, sql: str, values: Mapping[str, object] | None = None) -> list[Any]:
    """The rows of a query as tuples. The database may be served meanwhile."""
    if IS_POSTGRES:
        return postgres.rows(database, sql, values)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(sql, values or {}).fetchall()


def value(database: Path, sql: str, values: Mapping[str, object] | None = None) -> Any:
    """The only column of the first row of a query."""
    return rows(database, sql, values)[0][0]


def execute(database: Path, sql: str, values: Mapping[str, object] | None = None) -> None:
    """Commit one statement, as another program beside the server."""
    if IS_POSTGRES:
        postgres.execute(database, sql, values)
        return
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        connection.execute(sql, values or {})


def execute_many(database: Path, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Commit one statement for each of these rows, all at once."""
    if IS_POSTGRES:
        postgres.execute_many(database, sql, rows)
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(sql, rows)


def execute_script(database: Path, sql: str) -> None:
    """Commit several statements."""
    if IS_POSTGRES:
        postgres.execute_script(database, sql)
        return
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        connection.executescript(sql)


def tables(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column, but for the index of texts, which follows behind."""
    if IS_POSTGRES:
        return postgres.tables(database)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        every = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'"
        names = connection.execute(every).fetchall()
        return {
            name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
            for (name,) in names
        }


def broken_references(database: Path) -> list[Any]:
    """Rows that refer to one that is gone. PostgreSQL lets none be, SQLite's own tools might."""
    return [] if IS_POSTGRES else rows(database, "PRAGMA foreign_key_check")


@contextmanager
def write_lock(database: Path) -> Iterator[Callable[[], None]]:
    """Hold the write lock, as a backup tool might; what is yielded lets go of it early."""
    if IS_POSTGRES:
        with postgres.write_lock(database) as unlock:
            yield unlock
        return
    with closing(
        sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection.rollback
