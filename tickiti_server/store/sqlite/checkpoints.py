"""Moving the write-ahead log into the database. The writer alone does it, between two batches."""

import sqlite3

from tickiti_server import crash_points

MOST_LOG = 64 * 1024 * 1024
"""Bytes of a log that no reader's convenience outweighs. Under load there is always a reader who
keeps a log from starting anew, so it would only grow: now the next ones wait for those."""


def passive(connection: sqlite3.Connection) -> bool:
    """Move what readers allow; True where that was not all."""
    return _busy(connection, "PASSIVE")


def empty(connection: sqlite3.Connection, *, waits: bool = False) -> bool:
    """Move all of it and cut the log to nothing; True where a reader is in the way.

    `waits` for the readers there are, none of which takes longer than READ_SECONDS; else no write
    shall wait for them.
    """
    passive(connection)
    crash_points.reached("ckpt.mid")
    if waits:
        return _busy(connection, "TRUNCATE")
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        return _busy(connection, "TRUNCATE")
    finally:
        connection.execute("PRAGMA busy_timeout = 5000")


def _busy(connection: sqlite3.Connection, mode: str) -> bool:
    return bool(connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0])
