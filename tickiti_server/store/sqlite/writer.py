"""The thread that writes: it commits whatever has queued up in one transaction.

One fsync then serves many requests (group commit). Each operation has a savepoint of its own, so
that one that fails undoes itself alone. Nobody is answered before COMMIT has returned.
"""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickiti_cli.contract.errors import ApiError, Overloaded, StorageFull, StorageUnavailable
from tickiti_server.store.database import Result, Work
from tickiti_server.store.sqlite.connection import (
    SqliteTransaction,
    connect_writer,
    storage_error,
)

MOST_WAITING = 1024
"""Operations that may wait: a quarter of a second's work here; beyond it, clients back off."""

BATCH = 64
"""Operations in one transaction: more would make the first wait for the last."""

CHECKPOINT_AFTER = 400
"""Operations between two checkpoints: about the thousand pages SQLite itself would allow."""

IDLE_SECONDS = 1.0
"""After this long without work the log is emptied into the database."""

EXIT_UNUSABLE = 16

logger = logging.getLogger("tickiti.store")


@dataclass(frozen=True, slots=True)
class Operation:
    """Work that waits for the writer, and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class Outcome:
    operation: Operation
    value: Any = None
    error: BaseException | None = None


class TransactionLost(Exception):
    """SQLite ended the whole transaction while an operation ran; `outcome` is that operation's."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__("transaction lost")


class Writer(threading.Thread):
    """Owns the writing connection from start to finish."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="writer", daemon=True)
        self._path = path
        self._connection = connect_writer(path)
        self._queue: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self._since_checkpoint = 0
        self._log_is_empty = True

    async def submit(self, work: Work[Result]) -> Result:
        """Queue `work` and wait until it is committed. Raises Overloaded before it is queued."""
        if self._queue.qsize() >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._queue.put(Operation(work, future, loop))
        return await future

    def finish(self) -> None:
        """Let the queue run empty, checkpoint and close."""
        self._queue.put(None)
        self.join()

    def run(self) -> None:
        try:
            self._run()
        except BaseException:
            # A server whose writer is gone would accept requests and never answer them.
            logger.critical("the writer ended", exc_info=True)
            os._exit(EXIT_UNUSABLE)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batch = self._next_batch()
            stopping = None in batch
            operations = [operation for operation in batch if operation is not None]
            if operations:
                self._answer(self._commit(operations))
            self._checkpoint(idle=not batch or stopping)
        self._connection.close()

    def _next_batch(self) -> list[Operation | None]:
        """What has queued up; empty when nothing came for a while."""
        batch: list[Operation | None] = []
        try:
            batch.append(self._queue.get(timeout=None if self._log_is_empty else IDLE_SECONDS))
            while len(batch) < BATCH and batch[-1] is not None:
                batch.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _commit(self, operations: list[Operation]) -> list[Outcome]:
        """Run a batch in one transaction. After an error of the whole batch, nothing is answered
        as done; after one that ended the transaction under an operation, the others run again."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._apply(operation) for operation in operations]
            connection.execute("COMMIT")
        except TransactionLost as lost:
            others = [
                operation for operation in operations if operation is not lost.outcome.operation
            ]
            return [lost.outcome, *(self._commit(others) if others else [])]
        except sqlite3.Error as error:
            failure = self._give_up(error)
            return [Outcome(operation, error=failure) for operation in operations]
        self._since_checkpoint += len(operations)
        self._log_is_empty = False
        return outcomes

    def _apply(self, operation: Operation) -> Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT op")
        try:
            value = operation.work(SqliteTransaction(connection))
            connection.execute("RELEASE op")
        except Exception as error:
            outcome = Outcome(operation, error=_told(error))
            if not connection.in_transaction:
                raise TransactionLost(outcome) from error
            connection.execute("ROLLBACK TO op")
            connection.execute("RELEASE op")
            return outcome
        return Outcome(operation, value)

    def _give_up(self, error: sqlite3.Error) -> ApiError:
        """After a failed BEGIN or COMMIT. A full disk wrote no commit record: rolled back, known.

        Any other error at COMMIT is indeterminate: after a failed fsync the row may be there or
        not. The connection is opened anew and must checkpoint before anything else is answered;
        then the caller's idempotency key decides.
        """
        logger.error("a commit failed: %s (%s)", error, getattr(error, "sqlite_errorname", "?"))
        told = _told(error)
        if isinstance(told, StorageFull):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return told
        self._reopen()
        return StorageUnavailable(retry_after=1)

    def _reopen(self) -> None:
        try:
            self._connection.close()
            self._connection = connect_writer(self._path)
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:
            logger.critical("the database cannot be trusted after a failed commit", exc_info=True)
            busy = True
        if busy:
            # A row seen now may exist in the page cache only: better no server than a wrong one.
            logging.shutdown()
            os._exit(EXIT_UNUSABLE)

    def _checkpoint(self, *, idle: bool) -> None:
        """Move the log into the database: all of it when idle, what readers allow when busy."""
        if self._log_is_empty or not (idle or self._since_checkpoint >= CHECKPOINT_AFTER):
            return
        self._since_checkpoint = 0
        try:
            busy = self._truncate_log() if idle else self._passive_checkpoint()
            self._log_is_empty = idle and not busy
        except sqlite3.Error as error:
            # The log keeps what was committed; the next checkpoint tries again.
            logger.warning("a checkpoint failed: %s", error)

    def _passive_checkpoint(self) -> bool:
        return bool(self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0])

    def _truncate_log(self) -> bool:
        """Empty the log; True where a reader is in the way, for whom no write shall wait."""
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            return bool(self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        finally:
            self._connection.execute("PRAGMA busy_timeout = 5000")

    def _answer(self, outcomes: list[Outcome]) -> None:
        for loop in {outcome.operation.loop for outcome in outcomes}:
            mine = [outcome for outcome in outcomes if outcome.operation.loop is loop]
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, mine)


def _told(error: Exception) -> Exception:
    return storage_error(error) if isinstance(error, sqlite3.Error) else error


def _settle(outcomes: list[Outcome]) -> None:
    """Wake who waits. A future that was cancelled has nobody behind it any more."""
    for outcome in outcomes:
        future = outcome.operation.future
        if future.done():
            continue
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)
