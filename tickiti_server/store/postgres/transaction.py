"""The Transaction of one connection. Statements are prepared by psycopg once they repeat."""

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString
from zlib import crc32

import psycopg
from psycopg.rows import DictRow

from tickiti_cli.contract.errors import PayloadTooLarge
from tickiti_server.store.interface import Bind, Parameters, Result, Row, Work
from tickiti_server.store.postgres import locks
from tickiti_server.store.postgres.connection import (
    LOOK_UP_LOCK_SECONDS,
    Connection,
    keeps_settings,
)
from tickiti_server.store.postgres.outcome import roll_back
from tickiti_server.store.postgres.statements.text_index import PostgresTextIndex
from tickiti_server.store.postgres.statements.translation import (
    changes_tokens,
    translated,
    waits_for_rows,
)

MOST_READ = 64 * 1024 * 1024
"""Bytes of one list; its rows, objects and JSON take several times as much."""

ROW_BYTES = 256
"""Bytes of a row besides its texts, as an object and as JSON."""

FETCHED = 100
"""Rows that are fetched at a time where a read may end early."""

_SETTLED_TICKETS = """
t.number < coalesce((SELECT min(late.number) FROM ticket late WHERE late.inserted_at >= {moment}),
                    9223372036854775807)
"""
"""Tickets below every one that was inserted after the moment: all of them got their numbers before
it, and what is yet to appear gets its number after it."""

_SETTLED_RESPONSES = "(r.created_at < {moment} OR r.inserted_at < {moment})"
"""Responses with an earlier time than any that is yet to appear; and those of a wrong clock, which
were written long ago with a time that is yet to come."""

_INSERT_KEY = "INSERT INTO idem "

_BEGIN_LOOK_UP = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;"
    f" SET LOCAL lock_timeout = {LOOK_UP_LOCK_SECONDS * 1000}"
)


class SnapshotTooEarly(Exception):
    """The work must run on a snapshot that is taken after a call of `settled_before`."""


def settled_before(connection: psycopg.Connection[DictRow]) -> int:
    """The moment before which nothing is yet to appear, in microseconds."""
    row = connection.execute("SELECT settled_before() AS moment").fetchone()
    assert row is not None
    return int(row["moment"])


class PostgresTransaction:
    """A transaction that writes. Its rows are locked where SQL asks for it."""

    __slots__ = ("_connection", "_token_version", "changed_tokens", "waits_for_key")

    next_ticket_number = "nextval('ticket_number')"
    _locks = True

    def __init__(
        self, connection: psycopg.Connection[DictRow], *, token_version: int | None = None
    ) -> None:
        self._connection = connection
        self._token_version = token_version
        self.waits_for_key = False
        """Whether the latest statement claimed an idempotency key."""

        self.changed_tokens = False

    @property
    def token_version(self) -> int:
        """The version of the tokens that the transaction sees."""
        if self._token_version is None:
            row = self.one("SELECT version FROM token_version")
            assert row is not None
            self._token_version = int(row["version"])
        return self._token_version

    @property
    def text_index(self) -> PostgresTextIndex:
        return PostgresTextIndex(self)

    @property
    def has_lateral(self) -> bool:
        return True

    def settled_tickets(self, bind: Bind) -> str:
        # A number is taken before the commit, and even before the time of its row.
        return _SETTLED_TICKETS.format(moment=bind(self._settled_before()))

    def settled_responses(self, bind: Bind) -> str:
        return _SETTLED_RESPONSES.format(moment=bind(self._settled_before()))

    def _settled_before(self) -> int:
        """Each statement has a snapshot of its own, which is taken after this moment."""
        return settled_before(self._connection)

    def lock(self, name: str, /) -> None:
        self._advisory("pg_advisory_xact_lock", name)

    def try_lock(self, name: str, /) -> bool:
        return bool(self._advisory("pg_try_advisory_xact_lock", name))

    def _advisory(self, function: LiteralString, name: str) -> object:
        # The checksum as an INTEGER, which has a sign.
        key = int.from_bytes(crc32(name.encode()).to_bytes(4), signed=True)
        sql = f"SELECT {function}(%s::INTEGER, %s::INTEGER) AS taken"
        row = self._connection.execute(sql, [locks.NAMED, key]).fetchone()
        return row and row["taken"]

    def execute(self, sql: str, parameters: Parameters | None = None, /) -> int:
        return self._run(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Parameters | None = None, /) -> int:
        self.waits_for_key = sql.lstrip().startswith(_INSERT_KEY)
        row = self._run(f"{sql} RETURNING id", parameters).fetchone()
        self.waits_for_key = False
        return 0 if row is None else int(row["id"])

    def one(self, sql: str, parameters: Parameters | None = None, /) -> Row | None:
        return self._run(sql, parameters).fetchone()

    def all(self, sql: str, parameters: Parameters | None = None, /) -> Sequence[Row]:
        return self._run(sql, parameters).fetchall()

    def few(
        self, sql: str, parameters: Parameters | None = None, /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        raise NotImplementedError("only a ReadingTransaction has few()")

    def _run(self, sql: str, parameters: Parameters | None) -> psycopg.Cursor[DictRow]:
        if changes_tokens(sql):
            self.changed_tokens = True
        values = parameters or {}
        if self._locks and waits_for_rows(sql):
            # A statement that has waited shows the row as it is now beside joined rows as they were
            # before. So the row is locked by one statement, and read by the next.
            self._connection.execute(translated(sql, locks=True), values)
            return self._connection.execute(translated(sql, locks=False), values)
        return self._connection.execute(translated(sql, locks=self._locks), values)


class ReadingTransaction(PostgresTransaction):
    """A transaction that reads, and holds a limited number of bytes."""

    __slots__ = ("settled",)

    _locks = False

    def __init__(
        self, connection: psycopg.Connection[DictRow], *, settled: int | None = None
    ) -> None:
        """`settled` is what `settled_before` returned before the snapshot was taken."""
        super().__init__(connection)
        self.settled = settled

    def _settled_before(self) -> int:
        if self.settled is None:
            raise SnapshotTooEarly
        return self.settled

    def all(self, sql: str, parameters: Parameters | None = None, /) -> Sequence[Row]:
        rows = super().all(sql, parameters)
        if sum(map(_size, rows)) > MOST_READ:
            raise PayloadTooLarge(
                f"The reply would be larger than {MOST_READ >> 20} MiB. Ask for less of it: by a "
                "smaller limit, where the endpoint has one, or by narrower conditions."
            )
        return rows

    def few(
        self, sql: str, parameters: Parameters | None = None, /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        rows: list[Row] = []
        for row in self._stream(sql, parameters):
            most -= _size(row)
            if rows and most < 0:
                return rows, False
            rows.append(row)
        return rows, True

    def _stream(self, sql: str, parameters: Parameters | None) -> Iterator[Any]:
        """The rows of a cursor of the database's own, which gives a few at a time."""
        with self._connection.cursor("few") as cursor:
            cursor.itersize = FETCHED
            cursor.execute(translated(sql, locks=False), parameters or {})
            yield from cursor


def look_up(work: Work[Result], connection: Connection) -> Result:
    """Run work that reads a few rows by key. A transaction is begun only where the session does not
    keep LOOK_UP_LOCK_SECONDS: it takes two round trips more."""
    if keeps_settings(connection):
        return work(ReadingTransaction(connection))
    connection.execute(_BEGIN_LOOK_UP)
    try:
        return work(ReadingTransaction(connection))
    finally:
        roll_back(connection)


def _size(row: Any) -> int:
    sizes = [len(value) for value in row.values() if type(value) in (str, bytes)]
    return ROW_BYTES + sum(sizes)
