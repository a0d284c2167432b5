"""The whole state of a database in test mode: read from a file, put in place of the present one.

Rule: a state replaces another one row by row, in one transaction of the writer. Reads see the old
state or the new one, a crash leaves one of them, and the file never shrinks.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_server.store.access import test_mode
from tickiti_server.store.access.test_mode import Epoch
from tickiti_server.store.interface import DatabaseUnusable, Row
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_reader
from tickiti_server.store.sqlite.files.integrity import applied_migrations
from tickiti_server.store.sqlite.test_mode.kept import find_kept, restore_kept

_OF_THE_FILE = "schema_migration"
"""The table that belongs to the file and not to its state."""

_LAST_IDS = "sqlite_sequence"

_TABLES = """
SELECT name FROM sqlite_schema
 WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')
 ORDER BY rowid
"""

_VIRTUAL = "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"

_OF_THE_INDEX = {"search_progress", "search_change"}

# The index of texts is made again bit by bit, as for a database of an older version. `deletions`
# never returns to an earlier number, so that a step that was read before is not written.
_NO_INDEX = (
    "UPDATE search_progress SET ticket_id = 0, response_id = 0, deletions = deletions + 1",
    "DELETE FROM search_change",
)

_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


class Table(NamedTuple):
    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class State(NamedTuple):
    """All rows of a database, and the migrations that made its tables."""

    migrations: frozenset[int]
    tables: Sequence[Table]


def read_state(path: Path) -> State:
    """Read the state of a file that nobody writes. Raises DatabaseUnusable."""
    try:
        with closing(connect_reader(path)) as connection:
            names = [row["name"] for row in connection.execute(_TABLES)]
            # The last ids come last, because the rows of the other tables change them.
            names.sort(key=_LAST_IDS.__eq__)
            indexes = tuple(row["name"] for row in connection.execute(_VIRTUAL))
            shadows = tuple(f"{name}_" for name in indexes)
            left_out = {
                _OF_THE_FILE,
                *_OF_THE_INDEX,
                *indexes,
                *(n for n in names if n.startswith(shadows)),
            }
            tables = [_table(connection, name) for name in names if name not in left_out]
            return State(frozenset(applied_migrations(connection)), tables)
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path} cannot be read: {error}") from error


def _table(connection: sqlite3.Connection, name: str) -> Table:
    found = connection.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in found.description]
    return Table(name, columns, [tuple(row) for row in found])


def replace(tx: SqliteTransaction, state: State, epoch: Epoch) -> None:
    """Replace every row by those of the state, and begin an epoch.

    The file keeps the tokens that control the server, its signing secret and its name. Raises
    DatabaseUnusable for a database that test mode did not create, and for a state of another
    version.
    """
    if test_mode.find_epoch(tx) is None:
        raise DatabaseUnusable("Test mode did not create this database.")
    _refuse_other_schema(tx, state)
    rows = find_kept(tx)
    triggers = tx.all(_TRIGGERS)
    # One of them refuses to delete from the audit of tokens.
    for trigger in triggers:
        tx.execute(f"DROP TRIGGER {trigger['name']}")
    # References are compared at the commit, because tables refer to each other.
    tx.execute("PRAGMA defer_foreign_keys = ON")
    for table in reversed(state.tables):
        tx.execute(f"DELETE FROM {table.name}")
    for table in state.tables:
        _insert(tx, table)
    _empty_index(tx)
    restore_kept(tx, rows, now=epoch.began_at)
    test_mode.set_epoch(tx, epoch)
    for trigger in triggers:
        tx.execute(trigger["sql"])


def _refuse_other_schema(tx: SqliteTransaction, state: State) -> None:
    applied: Sequence[Row] = tx.all("SELECT number FROM schema_migration")
    if state.migrations != {row["number"] for row in applied}:
        raise DatabaseUnusable("Another version of tickiti saved this state; save it again.")


def _empty_index(tx: SqliteTransaction) -> None:
    for index in tx.all(_VIRTUAL):
        if "fts5vocab" not in index["sql"]:
            name = index["name"]
            tx.execute(f"INSERT INTO {name} ({name}) VALUES ('delete-all')")
    for statement in _NO_INDEX:
        tx.execute(statement)


def _insert(tx: SqliteTransaction, table: Table) -> None:
    if table.name == _LAST_IDS:
        tx.execute(f"DELETE FROM {_LAST_IDS}")
    if table.rows:
        columns, places = ", ".join(table.columns), ", ".join("?" * len(table.columns))
        tx.many(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", table.rows)
