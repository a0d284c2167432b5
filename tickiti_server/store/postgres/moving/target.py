"""A PostgreSQL database that a move fills.

Rule: rows come first, without indexes and references. One transaction at the end, of a second
connection, makes these, and removes the mark. What the triggers of a row compute is computed with
each row.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial

import psycopg
from psycopg import sql

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.mark import Mark, not_empty, refuse_another_source
from tickiti_server.store.moving.meanwhile import Meanwhile
from tickiti_server.store.moving.sides import FINISHED, MARK, Key, LastIds, Origin, Row, Table
from tickiti_server.store.postgres.connection import Connection, connect, number
from tickiti_server.store.postgres.moving.reading import (
    NAME,
    TYPES,
    PostgresSide,
    claim,
    sentence,
    told,
    where_of,
)
from tickiti_server.store.postgres.outcome import cancel
from tickiti_server.store.postgres.prepare import (
    applied,
    create_tables,
    mark_of,
    refuse_unfit,
    setting_of,
)
from tickiti_server.store.postgres.upkeep.indexes import LARGE
from tickiti_server.store.upgrades import missing_migrations

_REFERENCES = """
SELECT conrelid::regclass::TEXT AS owner, quote_ident(conname) AS name,
       pg_get_constraintdef(oid) AS definition
  FROM pg_constraint
 WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
 ORDER BY 1, 2
"""

_INDEXES = """
SELECT i.indexrelid::regclass::TEXT AS name, pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = current_schema()::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
 ORDER BY 1
"""

_USED = """
SELECT count(*) WHERE EXISTS (SELECT 1 FROM token_audit) OR EXISTS (SELECT 1 FROM ticket)
"""

_SET = """
INSERT INTO setting (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

_SET_LAST = """
SELECT setval(pg_get_serial_sequence(%(table)s, %(column)s), greatest(%(last)s, 1), %(last)s > 0)
 WHERE pg_get_serial_sequence(%(table)s, %(column)s) IS NOT NULL
"""

_SET_NUMBER = "SELECT setval('ticket_number', %(last)s) WHERE %(last)s > 0"

_FOR_INDEXES = """
SELECT set_config('statement_timeout', '0', false),
       set_config('maintenance_work_mem',
                  greatest(pg_size_bytes(current_setting('maintenance_work_mem')),
                           pg_size_bytes('256MB')) / 1024 || 'kB', false)
"""

_NOTICE_A_KILL = "SET client_connection_check_interval = '1s'"
"""An index goes on for minutes without a word to its client. Some systems of servers cannot."""


@contextmanager
def open_target(url: str) -> Iterator["PostgresTarget"]:
    """Open an empty database, or one of an unfinished move. Raises DatabaseUnusable and InUse."""
    with closing(connect(url, name=NAME)) as connection, told(url):
        refuse_unfit(connection)
        claim(connection, url)
        connection.execute("SET statement_timeout = 0")
        target = PostgresTarget(url, connection)
        try:
            yield target
        finally:
            target.abandon()


class PostgresTarget(PostgresSide):
    """The Target of one URL."""

    def __init__(self, url: str, connection: Connection) -> None:
        super().__init__(url, connection)
        self._mark: Mark | None = None
        self._completing: tuple[Connection, Meanwhile] | None = None

    @property
    def finished(self) -> str | None:
        with told(self.location):
            return setting_of(self.connection, FINISHED) if "setting" in self.names() else None

    def begin(self, origin: Origin) -> bool:
        with told(self.location), self.connection.transaction():
            self._mark = self._found_mark()
            if self._mark is not None:
                refuse_another_source(self._mark, origin, self.location)
                if self._mark.origin.state == origin.state:
                    return True
            postponed = self._postpone()
            self._empty()
            self._set_mark(Mark(origin, self._mark.later if self._mark else postponed))
        return False

    def _found_mark(self) -> Mark | None:
        """The mark of an unfinished move. None: an unused database, which has tables now. Raises
        MoveRefused."""
        names = self.names()
        if not names:
            create_tables(self.connection, self.location)
            return None
        if "schema_migration" not in names:
            raise not_empty(self.location, f"the table {names[0]}")
        if missing_migrations("postgres", applied(self.connection), self.location):
            raise not_empty(self.location, "data of another version")
        text = mark_of(self.connection)
        if text is None and number(self.connection, _USED):
            raise not_empty(self.location, "a helpdesk")
        return None if text is None else Mark.of(text)

    def _postpone(self) -> Sequence[str]:
        """Drop references and indexes, and return the statements that make them, but for the large
        indexes: a server builds these beside its requests."""
        references = self.connection.execute(_REFERENCES).fetchall()
        indexes = self.connection.execute(_INDEXES).fetchall()
        for row in references:
            self._run(f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['name']}")
        for row in indexes:
            self._run(f"DROP INDEX {row['name']}")
        return [
            *(row["definition"] for row in indexes if row["name"] not in LARGE),
            *(
                f"ALTER TABLE {row['owner']} ADD CONSTRAINT {row['name']} {row['definition']}"
                for row in references
            ),
        ]

    def _empty(self) -> None:
        """Remove what migrations insert, or what a run has copied of another state."""
        tables = sql.SQL(", ").join(sql.Identifier(table.name) for table in self.tables)
        self._run("ALTER TABLE token_audit DISABLE TRIGGER USER")
        self.connection.execute(sql.SQL("TRUNCATE {}").format(tables))
        self._run("ALTER TABLE token_audit ENABLE TRIGGER USER")

    def _run(self, statement: str) -> None:
        """Run a statement that PostgreSQL itself has spelled."""
        self.connection.execute(statement.encode())

    def last_key(self, table: Table) -> Key | None:
        names = [sql.Identifier(name) for name in table.key]
        query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 1").format(
            sql.SQL(", ").join(names),
            sql.Identifier(table.name),
            where_of(table),
            sql.SQL(", ").join(sql.SQL("{} DESC").format(name) for name in names),
        )
        with told(self.location):
            row = self.connection.execute(query).fetchone()
        return None if row is None else tuple(row.values())

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
        try:
            with (
                self.connection.transaction(),
                self.connection.cursor() as cursor,
                cursor.copy(statement.format(sql.Identifier(table.name), names)) as copy,
            ):
                copy.set_types([TYPES[column.kind] for column in table.columns])
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise DatabaseUnusable(
                _of_a_nul(table, rows) or sentence(f"The table {table.name}", error)
            ) from error

    def complete_meanwhile(self) -> None:
        assert self._mark is not None
        connection = connect(self.location, name=NAME)
        with suppress(psycopg.Error):
            connection.execute(_NOTICE_A_KILL)
        # Searches of the first minutes would be planned for empty tables.
        statements = [_FOR_INDEXES, "BEGIN", *self._mark.later, "ANALYZE"]
        # Statements that PostgreSQL itself has spelled.
        steps = [partial(connection.execute, statement.encode()) for statement in statements]
        self._completing = connection, Meanwhile(steps, interrupt=partial(cancel, connection))

    def abandon(self) -> None:
        """Take back what is made meanwhile, unless it was committed."""
        if self._completing is not None:
            connection, work = self._completing
            self._completing = None
            work.stop()
            connection.close()

    def begin_again_next_time(self) -> None:
        assert self._mark is not None
        self.abandon()
        with told(self.location):
            self._set_mark(Mark(self._mark.origin._replace(state=""), self._mark.later))

    def finish(self, last: LastIds, record: str) -> None:
        assert self._completing is not None
        connection, work = self._completing
        with told(self.location):
            work.wait()
            for table in self.tables:
                if len(table.key) == 1 and table.name in last.ids:
                    name, given = f'"{table.name}"', last.ids[table.name]
                    values = {"table": name, "column": table.key[0], "last": given}
                    connection.execute(_SET_LAST, values)
            connection.execute(_SET_NUMBER, {"last": last.ticket_number})
            connection.execute("DELETE FROM setting WHERE name = %s", [MARK])
            connection.execute(_SET, {"name": FINISHED, "value": record})
            connection.execute("COMMIT")

    def _set_mark(self, mark: Mark) -> None:
        self._mark = mark
        self.connection.execute(_SET, {"name": MARK, "value": mark.text()})


def _of_a_nul(table: Table, rows: Sequence[Row]) -> str | None:
    """The sentence about a text that SQLite stores and PostgreSQL does not."""
    for row in rows:
        for column, value in zip(table.columns, row, strict=True):
            if isinstance(value, str) and "\0" in value:
                key = ", ".join(map(repr, table.key_of(row)))
                return (
                    f"The row {key} of table {table.name} has a NUL character in {column.name},"
                    " which PostgreSQL does not store. Remove the character, and run the same"
                    " command again."
                )
    return None
