"""The PostgreSQL driver: a bounded pool of connections, and a thread for each.

Rule: work is a function of a transaction, so that it runs again where another transaction has won,
and where a connection was lost before COMMIT was sent. A COMMIT whose reply is lost is never
repeated: the idempotency key of the client's retry finds out what happened.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from tickiti_cli.contract.errors import KeyInProgress, Overloaded, StorageUnavailable
from tickiti_server import crash_points
from tickiti_server.clock import Clock, Microseconds
from tickiti_server.store.interface import Result, Transaction, Work
from tickiti_server.store.opening import Opened, Opening
from tickiti_server.store.opening_queue import OpeningQueue
from tickiti_server.store.postgres.connection import Connection, connect, open_pool
from tickiti_server.store.postgres.errors import (
    LOCK_SECONDS,
    READ_SECONDS,
    RUN_AGAIN,
    WRITE_SECONDS,
    WRITE_TOO_LONG,
    CommitUnknown,
    is_lost,
    reason,
    storage_error,
)
from tickiti_server.store.postgres.outcome import cancel, commit, roll_back
from tickiti_server.store.postgres.prepare import refuse_unservable
from tickiti_server.store.postgres.statements.opening import open_tickets
from tickiti_server.store.postgres.threads import Threads
from tickiti_server.store.postgres.token_version import TokenVersion
from tickiti_server.store.postgres.transaction import (
    PostgresTransaction,
    ReadingTransaction,
    SnapshotTooEarly,
    look_up,
    settled_before,
)
from tickiti_server.store.postgres.upkeep import clock, durability
from tickiti_server.store.postgres.upkeep.held_tables import waiting_briefly
from tickiti_server.store.postgres.upkeep.indexes import Indexes

WRITERS = 8
"""Connections that write: more gave no more tickets a second, and longer waits."""

READERS = 4
"""Connections that read lists, searches and reports."""

LOOKUPS = 4
"""Connections for look-ups of a few rows by key, which wait for no search."""

LOOKUP_ANSWER_SECONDS = 10
READ_ANSWER_SECONDS = 15
WRITE_ANSWER_SECONDS = 35
"""After this time a caller is answered, even if the database is silent. Where a synchronous standby
is gone, a commit waits without an end, and no timeout of PostgreSQL stops it."""

RUNS = 4
"""Runs of a write that others get in the way of, and of work whose connection was lost."""

_BEGIN_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    # Before work reads a clock or takes a number: see settled_before() in the first migration.
    f" SELECT begin_writing('{LOCK_SECONDS * 1000}', '{WRITE_SECONDS * 1000}') AS token_version"
)
_BEGIN_READ = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    f" SET LOCAL statement_timeout = {READ_SECONDS * 1000}; SET LOCAL lock_timeout = 0;"
    " SET LOCAL idle_in_transaction_session_timeout = 60000;"
    # A page of a list takes milliseconds: to compile its statement or to start processes for it
    # takes longer, and a merge reads the tickets of every team for those of one. What a page reads
    # is in memory, or on a disk without a head to move.
    " SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;"
    " SET LOCAL enable_mergejoin = off; SET LOCAL random_page_cost = 1.1"
)

logger = logging.getLogger("tickiti.store")


class PostgresDatabase:
    """The Database of one URL. Open it inside the event loop that uses it."""

    def __init__(self, url: str, *, name: str = "") -> None:
        with connect(url) as connection, waiting_briefly(connection, url):
            refuse_unservable(connection, url)
        self._indexes = Indexes(url)
        self._pool = open_pool(url, most=WRITERS + READERS + LOOKUPS, name=name)
        self._writers = ThreadPoolExecutor(WRITERS, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._lookups = ThreadPoolExecutor(LOOKUPS, "lookup")
        self._threads = Threads()
        self._openings = OpeningQueue(lambda them: self._in_writer(partial(self._open, them)))
        self._written = 0
        self._tokens = TokenVersion()
        self._running: set[Connection] = set()
        self._is_running = threading.Lock()

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        if quick:
            run = partial(self._with_connection, partial(look_up, work))
            return await self._threads.carry_out(self._lookups, run, LOOKUP_ANSWER_SECONDS)
        async with self._threads.lane(lane):
            asked = time.monotonic()
            read = partial(self._read, work, asked)
            return await self._threads.carry_out(self._readers, read, READ_ANSWER_SECONDS)

    async def write(self, work: Work[Result]) -> Result:
        return await self._in_writer(partial(self._write, work))

    async def open_ticket(self, opening: Opening, otherwise: Work[Result]) -> Opened | Result:
        return await self._openings.open_or(opening, lambda: self.write(otherwise))

    async def index_texts(self) -> bool:
        return await self._indexes.step(self)

    async def clock_ahead(self, steady: Clock) -> Microseconds | None:
        return await self.read(partial(clock.clock_ahead, steady=steady), quick=True)

    async def unsafe_settings(self) -> Sequence[str]:
        return await self.read(durability.unsafe_settings, quick=True)

    @property
    def is_shared(self) -> bool:
        return True

    @property
    def is_being_checked(self) -> bool:
        return False  # PostgreSQL recovers before it lets anybody in

    @property
    def token_version(self) -> object:
        return self._tokens.current

    def tokens_as_of(self, tx: Transaction) -> object:
        assert isinstance(tx, PostgresTransaction)
        asked_at = time.monotonic()
        version = tx.token_version
        if isinstance(tx, ReadingTransaction):
            self._tokens.note(version, asked_at=asked_at)
        return version

    @property
    def version(self) -> object:
        # What other processes write is seen within a second.
        return self._written, int(time.monotonic())

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._indexes.stop()
        self._writers.shutdown()
        with self._is_running:
            for connection in self._running:
                cancel(connection)
        for executor in (self._readers, self._lookups):
            executor.shutdown(cancel_futures=True)
        self._pool.close()

    async def _in_writer(self, run: Callable[[], Result]) -> Result:
        return await self._threads.carry_out(self._writers, run, WRITE_ANSWER_SECONDS, writes=True)

    def _write(self, work: Work[Result]) -> Result:
        for run in range(1, RUNS + 1):
            try:
                with self._pool.connection() as connection:
                    value = self._transaction(connection, work)
            except CommitUnknown as error:
                logger.warning("the reply to a COMMIT was lost: %s", error)
                raise StorageUnavailable(retry_after=1) from error
            except PoolTimeout as error:
                raise storage_error(error) from error
            except psycopg.Error as error:
                if run == RUNS or not (isinstance(error, RUN_AGAIN) or is_lost(error)):
                    raise storage_error(error, too_long=WRITE_TOO_LONG) from error
                self._renew_after(error)
            else:
                self._written += 1
                return value
        raise AssertionError("the last run returns or raises")

    def _open(self, openings: list[Opening]) -> list[Opened | None]:
        """Whatever gets in the way, the writes that follow find what was stored by its keys."""
        asked_at = time.monotonic()
        try:
            with self._pool.connection() as connection:
                crash_points.reached("tx.begin")
                answer = open_tickets(connection, openings)
        except PoolTimeout as error:
            raise storage_error(error) from error
        except CommitUnknown as error:
            logger.warning("the outcome of tickets is unknown: %s", error)
            raise StorageUnavailable(retry_after=1) from error
        except (*RUN_AGAIN, errors.LockNotAvailable):
            return [None] * len(openings)
        except psycopg.Error as error:
            logger.warning("tickets are stored step by step, because of %s", reason(error))
            self._renew_after(error)
            return [None] * len(openings)
        if answer.token_version is not None:
            self._tokens.note(answer.token_version, asked_at=asked_at)
        if any(answer.opened):
            self._written += 1
            crash_points.reached("tx.after_commit")
        return answer.opened

    def _transaction(self, connection: Connection, work: Work[Result]) -> Result:
        tx = self._begin(connection)
        try:
            value = work(tx)
            crash_points.reached("tx.released")
        except errors.LockNotAvailable as error:
            roll_back(connection)
            if tx.waits_for_key:
                raise KeyInProgress(retry_after=1) from error
            raise
        except BaseException:
            roll_back(connection)
            raise
        crash_points.reached("tx.before_commit")
        commit(connection)
        if tx.changed_tokens:
            self._tokens.forget()
        crash_points.reached("tx.after_commit")
        return value

    def _begin(self, connection: Connection) -> PostgresTransaction:
        asked_at = time.monotonic()
        begun = connection.execute(_BEGIN_WRITE)
        begun.nextset()  # behind the reply to BEGIN
        row = begun.fetchone()
        assert row is not None
        self._tokens.note(row["token_version"], asked_at=asked_at)
        crash_points.reached("tx.begin")
        return PostgresTransaction(connection, token_version=row["token_version"])

    def _read(self, work: Work[Result], asked: float) -> Result:
        if time.monotonic() - asked > READ_SECONDS:
            raise Overloaded("Other reads take too long; nothing was read.", retry_after=1)
        return self._with_connection(partial(self._snapshot, work))

    def _snapshot(self, work: Work[Result], connection: Connection) -> Result:
        with self._is_running:
            self._running.add(connection)
        try:
            return _read_snapshot(connection, work)
        except SnapshotTooEarly:
            roll_back(connection)
            settled = settled_before(connection)
            return _read_snapshot(connection, work, settled=settled)
        finally:
            with self._is_running:
                self._running.discard(connection)
            roll_back(connection)

    def _with_connection(self, run: Callable[[Connection], Result]) -> Result:
        """A read changes nothing, so that it runs again on another connection."""
        for attempt in range(1, RUNS + 1):
            try:
                with self._pool.connection() as connection:
                    return run(connection)
            except PoolTimeout as error:
                raise storage_error(error) from error
            except psycopg.Error as error:
                if attempt == RUNS or not is_lost(error):
                    raise storage_error(error) from error
                self._renew_after(error)
        raise AssertionError("the last attempt returns or raises")

    def _renew_after(self, error: psycopg.Error) -> None:
        """Replace every connection that the database has closed, before the next one is used. Of a
        primary that became a standby, each one, although they work."""
        if not is_lost(error):
            return
        logger.warning("a connection to the database was lost: %s", type(error).__name__)
        self._tokens.forget()
        if isinstance(error, errors.ReadOnlySqlTransaction):
            self._pool.drain()
        else:
            self._pool.check()


def _read_snapshot(
    connection: Connection, work: Work[Result], *, settled: int | None = None
) -> Result:
    connection.execute(_BEGIN_READ)
    return work(ReadingTransaction(connection, settled=settled))
