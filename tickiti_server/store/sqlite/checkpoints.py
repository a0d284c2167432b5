"""Checkpoints: move the WAL into the database. Only the writer does this, between two batches."""

import sqlite3

from tickiti_server import crash_points

MOST_WAL = 64 * 1024 * 1024
"""Bytes of a WAL above which writes wait for readers. Under load some reader always keeps the WAL
from being reset, so that it would only grow."""


def passive(connection: sqlite3.Connection) -> bool:
    """Move the pages that no reader needs. Returns True if pages are left."""
    return _busy(connection, "PASSIVE")


def truncate(connection: sqlite3.Connection, *, wait_seconds: int = 0) -> bool:
    """Move every page and truncate the WAL. Returns True if a reader prevented that.

    The checkpoint waits `wait_seconds` for open reads, and every write waits with it.
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
