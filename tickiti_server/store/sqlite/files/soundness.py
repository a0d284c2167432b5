"""Checks of the pages of a database, of all or of what a start needs."""

import sqlite3
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable

RESTORE = "Restore a backup: tickiti server restore FILE"

LARGE = 256 * 1024 * 1024
"""Bytes that are checked in two or three seconds. Of a larger database the indexes are not compared
with the rows, which takes three times as long. After a truncated WAL, half of the damage shows in
an index alone."""

PLAIN_TABLES = """
SELECT name FROM sqlite_schema
 WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'
 ORDER BY name
"""
"""Every table with rows of its own."""

_NEEDED = ("schema_migration", "setting", "running_time", "api_token", "queue", "queue_right")
_GROWING = ("idem", "ticket", "response", "attachment", "outbox")
_NEWEST = 200
"""Rows at the end of each growing table that a start reads."""


def refuse_unsound(
    connection: sqlite3.Connection, path: Path, *, pragma: str, table: str = ""
) -> None:
    """Raise DatabaseUnusable if pages are damaged, of one table and its indexes or of all.

    The pragma `integrity_check` compares indexes with rows too.
    """
    found = connection.execute(f"PRAGMA {pragma}({table or 1})").fetchone()[0]
    if found != "ok":
        raise unusable(path, found)


def refuse_unsound_beginning(connection: sqlite3.Connection, path: Path) -> None:
    """Raise DatabaseUnusable for damage in what a start needs, and in the newest rows."""
    tables = {row[0] for row in connection.execute(PLAIN_TABLES)}
    try:
        for table in tables.intersection(_NEEDED):
            refuse_unsound(connection, path, pragma="integrity_check", table=table)
        for table in tables.intersection(_GROWING):
            newest = f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT {_NEWEST}"
            connection.execute(newest).fetchall()
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error


def is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def unusable(path: Path, cause: object) -> DatabaseUnusable:
    """Make the error of a database from SQLite's error or a check's finding.

    The sentence names a backup only after damage, because a backup helps against nothing else.
    """
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    way_on = f" {RESTORE}" if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else ""
    reason = " ".join(str(cause).removeprefix("*** in database main ***").split())
    return DatabaseUnusable(f"The database {path} cannot be used: {reason}.{way_on}")
