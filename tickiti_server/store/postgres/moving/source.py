"""A PostgreSQL database that a move reads: one snapshot, which cannot write."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

from psycopg import sql

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.sides import LastIds, Origin
from tickiti_server.store.postgres.connection import Connection, connect
from tickiti_server.store.postgres.moving.reading import NAME, PostgresSide, claim, told
from tickiti_server.store.postgres.prepare import applied, refuse_unprepared
from tickiti_server.store.upgrades import missing_migrations

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# The transaction that wrote a row: an update makes a later one, and a deletion fewer rows.
_STATE = "SELECT count(*) AS rows, coalesce(sum(xmin::TEXT::BIGINT), 0) AS writers FROM {}"

_SEQUENCE = "SELECT pg_get_serial_sequence(%(table)s, %(column)s) AS name"

_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' || oid AS name
  FROM pg_database WHERE datname = current_database()
"""


@contextmanager
def open_source(url: str) -> Iterator["PostgresSource"]:
    """Open a database that nobody serves. Raises DatabaseUnusable and InUse."""
    with closing(connect(url, name=NAME)) as connection, told(url):
        _refuse_no_helpdesk(connection, url)
        claim(connection, url)
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute(_BEGIN)
        yield PostgresSource(url, connection)


def _refuse_no_helpdesk(connection: Connection, url: str) -> None:
    numbers = applied(connection)
    if not numbers:
        raise DatabaseUnusable(f"{url} has no helpdesk.")
    if missing_migrations("postgres", numbers, url):
        raise DatabaseUnusable(
            f"{url} is a database of an older version. Start a server on it once, and stop it:"
            f" tickiti server start --db {url} --detach"
        )
    refuse_unprepared(connection, url)


class PostgresSource(PostgresSide):
    """The Source of one URL."""

    def __init__(self, url: str, connection: Connection) -> None:
        super().__init__(url, connection)
        self._state = self._found_state()

    @property
    def origin(self) -> Origin:
        with told(self.location):
            row = self.connection.execute(_IDENTITY).fetchone()
        assert row is not None
        return Origin(self.location, f"postgresql {row['name']}", self._state)

    def _found_state(self) -> str:
        found = hashlib.sha256()
        with told(self.location):
            for table in self.tables:
                query = sql.SQL(_STATE).format(sql.Identifier(table.name))
                found.update(repr(self.connection.execute(query).fetchone()).encode())
        return found.hexdigest()

    def last_ids(self) -> LastIds:
        number = sql.SQL("SELECT max(number) FROM ticket").format()
        found = {
            table.name: self._last_id(table.name, table.key[0])
            for table in self.tables
            if len(table.key) == 1
        }
        ids = {name: last for name, last in found.items() if last is not None}
        return LastIds(ids, self.value(number))

    def _last_id(self, table: str, column: str) -> int | None:
        """What the sequence of a column has given last; None for a column without one."""
        with told(self.location):
            row = self.connection.execute(
                _SEQUENCE, {"table": f'"{table}"', "column": column}
            ).fetchone()
        if row is None or row["name"] is None:
            return None
        name = sql.SQL(row["name"])
        return self.value(
            sql.SQL("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}").format(name)
        )

    def has_changed(self) -> bool:
        with told(self.location):
            self.connection.execute("ROLLBACK")
            self.connection.execute(_BEGIN)
        return self._found_state() != self._state
