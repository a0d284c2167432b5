"""Bounds how long a start waits for tables that another session has locked, and names that one.

PostgreSQL's own error names neither, and whoever waits cannot ask: a second connection does.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.postgres.connection import Connection, connect

WAIT_SECONDS = 10
"""How long a start waits for a lock. The requests of running servers hold none as long."""

LOOK_SECONDS = 1.0
"""How often a start that is not done looks what it waits for."""

_HOLDER = """
SELECT coalesce('The table ' || w.relation::regclass, 'A lock of the database') AS what,
       a.pid, a.usename AS name, a.application_name AS program,
       extract(epoch FROM clock_timestamp() - a.xact_start)::BIGINT AS seconds
  FROM pg_locks w
 CROSS JOIN unnest(pg_blocking_pids(w.pid)) AS holder (pid)
  JOIN pg_stat_activity a ON a.pid = holder.pid
 WHERE w.pid = %s AND NOT w.granted
 ORDER BY a.xact_start
 LIMIT 1
"""


@contextmanager
def waiting_briefly(connection: Connection, url: str) -> Iterator[None]:
    """Raise DatabaseUnusable where a statement waits for a lock for WAIT_SECONDS."""
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'".encode())
    watch = _Watch(connection.info.backend_pid, url)
    try:
        yield
    except errors.LockNotAvailable as error:
        raise DatabaseUnusable(watch.said) from error
    finally:
        watch.end()


class _Watch:
    """Looks on a thread of its own what a session waits for."""

    def __init__(self, pid: int, url: str) -> None:
        self._pid = pid
        self._url = url
        self._is_over = threading.Event()
        self.said = f"Another session holds a lock of the database for {WAIT_SECONDS} s."
        """What was waited for last, and whose it is."""
        self._thread = threading.Thread(target=self._look, name="held tables", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        # Nearly every start is over before the first look, and needs no second connection.
        if self._is_over.wait(LOOK_SECONDS):
            return
        try:
            with connect(self._url) as connection:
                while not self._is_over.wait(LOOK_SECONDS):
                    row = connection.execute(_HOLDER, [self._pid]).fetchone()
                    self.said = self.said if row is None else _sentence(**row)
        except (psycopg.Error, DatabaseUnusable):
            return  # the start itself says what is wrong


def _sentence(*, what: str, pid: int, name: str, program: str, seconds: int) -> str:
    of = f"{program}, user {name}" if program else f"user {name}"
    return (
        f"{what} is locked by another session of PostgreSQL, process {pid} ({of}), whose"
        f" transaction began {seconds} s ago. Wait for its end, or end it:"
        f" SELECT pg_terminate_backend({pid})."
    )
