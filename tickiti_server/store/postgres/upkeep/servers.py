"""The servers that are connected to a database, on this machine or another, and what they are
called. The names of connections tell, because a lock of a session does not pass a pooler."""

import time
from collections.abc import Callable

from tickiti_server.store.postgres.connection import APPLICATION, Connection, connect, server_name

ALIVE_SECONDS = 30
"""A server looks for due mail five times a second. What has been silent for longer than this time
belongs to a machine that is gone, or is kept by a PgBouncer."""

LOOKS, LOOK_SECONDS = 40, 0.05
"""How long a session may take to end behind the program that has closed it. A busy database shows
it, and keeps its locks, for some more milliseconds."""

_ANY = """
SELECT count(*) AS found FROM pg_stat_activity
 WHERE datname = current_database()
   AND (application_name = %(name)s OR starts_with(application_name, %(name)s || '/'))
"""

# PostgreSQL cuts the name of a connection as it cuts any other name.
_OF_NAME = """
SELECT count(*) AS found FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = %(name)s::NAME::TEXT
   AND state_change > clock_timestamp() - make_interval(secs => %(seconds)s)
"""


def is_served(connection: Connection) -> bool:
    """Whether a server is connected, or a command other than this connection's own."""
    row = connection.execute(_ANY, {"name": APPLICATION}).fetchone()
    return row is not None and bool(row["found"])


def is_soon(free: Callable[[], bool]) -> bool:
    """Whether something is free by the time that a session that is ending has gone."""
    for _ in range(LOOKS):
        if free():
            return True
        time.sleep(LOOK_SECONDS)
    return False


def is_served_as(url: str, name: str) -> bool:
    """Whether a server of that name is connected. Raises DatabaseUnusable."""
    with connect(url) as connection:
        values = {"name": server_name(name), "seconds": ALIVE_SECONDS}
        row = connection.execute(_OF_NAME, values).fetchone()
    return row is not None and bool(row["found"])
