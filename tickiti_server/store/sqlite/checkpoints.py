"""Moving the write-ahead log into the database. The writer alone does it, between two batches."""

import sqlite3

from tickiti_server import crash_points

MOST_LOG = 64 * 1024 * 1024
"""Bytes of a log that no reader's convenience outweighs. Under load there is always a reader who
keeps a log from starting anew, so it would only grow: now the next ones wait for those."""


def passive(connection: sqlite3.Connection) -> bool:
    """Move what readers allow; True where that was not all."""
    return _busy(connection, "PASSIVE")


def empty(connection: sqlite3.Connection, *, wait_seconds: int = 0) -> bool:
    """Move all of it and cut the log to nothing; True where a reader is in the way.

    It waits so long for the readers there are, and every write waits with it.
    """
    passive(connection)
    crash_points.reached("ckpt.mid")
    connection.execute(f"PRAGMA busy_timeout = {wait_seconds * 1000}")
    try:
        return _busy(connection, "TRUNCATE")
    finally:
        connection.execute("PRAGMA busy_timeout = 5000")


def _busy(connection: sqlite3.Connection, mode: str) -> bool:
    return bool(connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0])
