"""The large indexes, which are built beside the requests and not by a migration.

Rule: no start waits for an index. Without it a search reads every text, or is refused if these are
too many. An index is built by one server at a time, and one that a killed build has left invalid is
dropped and built again. Add a line to LARGE for an index of a later version.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import errors, sql

from tickiti_cli.contract.errors import StorageUnavailable
from tickiti_server.store.interface import Database, DatabaseUnusable, Transaction
from tickiti_server.store.postgres import locks
from tickiti_server.store.postgres.connection import Connection, connect, number
from tickiti_server.store.postgres.errors import storage_error
from tickiti_server.store.postgres.outcome import cancel
from tickiti_server.store.postgres.statements.text_index import BY_MONTH, INDEXES

logger = logging.getLogger("tickiti.store")

LARGE: Mapping[str, LiteralString] = {
    # With all that a list compares, so that it reads no row in vain.
    BY_MONTH: "ticket ((created_at / 2592000000000), updated_at, id) INCLUDE (status, priority,"
    " queue_id, assigned_to, team_id, originator_id, created_at, deleted_at, on_hold_until)",
    **INDEXES,
}
"""Each index by its name. Those of the first version are made with their empty tables."""

_STATE = "SELECT indisvalid AS is_valid FROM pg_index WHERE indexrelid = to_regclass(:name)"


def first_unsound(tx: Transaction) -> str | None:
    """The name of the first index that is missing or invalid."""
    for name in LARGE:
        row = tx.one(_STATE, {"name": name})
        if row is None or not row["is_valid"]:
            return name
    return None


class Indexes:
    """The large indexes of one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._builder: Connection | None = None
        self._is_done = False
        """Whether all are there, or the user of the database may build none."""

    async def step(self, database: Database) -> bool:
        """Build the first index that is unsound. Returns False if none is, or another server builds
        one. Raises ApiError."""
        name = None if self._is_done else await database.read(first_unsound, quick=True)
        self._is_done = name is None
        return name is not None and await asyncio.to_thread(self._build, name)

    def stop(self) -> None:
        """End a build at once; the index is dropped and built again some other time."""
        if builder := self._builder:
            cancel(builder)

    def _build(self, name: str) -> bool:
        try:
            with connect(self._url) as guard, guard.transaction(), connect(self._url) as builder:
                return _may_build(guard) and self._build_on(builder, name)
        except errors.InsufficientPrivilege:
            self._is_done = True
            logger.warning(
                "searches are slow or refused, because the index %s is missing: start a"
                " server once as the owner of the tables",
                name,
            )
            return False
        except psycopg.Error as error:
            raise storage_error(error) from error
        except DatabaseUnusable as error:
            raise StorageUnavailable(retry_after=1) from error

    def _build_on(self, builder: Connection, name: str) -> bool:
        self._builder = builder
        try:
            _build(builder, name)
        finally:
            self._builder = None
        return True


def _may_build(guard: Connection) -> bool:
    """Whether no other server builds, until the transaction of `guard` ends.

    The transaction has no snapshot, for which a build would wait. A lock of a session does not pass
    a pooler.
    """
    guard.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return bool(number(guard, f"SELECT pg_try_advisory_xact_lock({locks.BUILD})::INTEGER"))


def _build(connection: Connection, name: str) -> None:
    connection.execute("SET statement_timeout = 0")
    index = sql.Identifier(name)
    connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(index))
    on = sql.SQL(LARGE[name])
    connection.execute(sql.SQL("CREATE INDEX CONCURRENTLY {} ON {}").format(index, on))
