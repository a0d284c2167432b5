"""The thread that writes: it commits each batch of operations in one transaction.

An operation that fails undoes itself alone. Nobody is answered before COMMIT has returned.
"""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tickiti_cli.contract.errors import ApiError, StorageUnavailable
from tickiti_server import crash_points
from tickiti_server.store.database import Result, Work
from tickiti_server.store.sqlite import checkpoints
from tickiti_server.store.sqlite.batches import Batches, Operation, Outcome
from tickiti_server.store.sqlite.connection import (
    SqliteTransaction,
    connect_writer,
    is_undone,
    storage_error,
)
from tickiti_server.store.sqlite.log import Log
from tickiti_server.store.sqlite.presence import Loss, Presence
from tickiti_server.store.sqlite.soundness import RESTORE, stamp
from tickiti_server.store.sqlite.token_changes import TokenChanges

IDLE_SECONDS = 1.0
"""After this long without work the log is emptied, and the files are looked at."""

LAST_SECONDS = 1.0
"""How long requests are still answered, with a refusal, when the files are gone: whoever waits for
a reply gets one, and who asks for the server's health is told."""

EXIT_UNUSABLE = 16

logger = logging.getLogger("tickiti.store")


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
        self.tokens = TokenChanges()
        self.is_lost = False
        """The files are gone: nothing that is read or written here counts any more."""

        self._presence = Presence(path)
        self._connection = self._connect()
        self._batches = Batches()
        self._log = Log(path, failed=self._presence.failed)

    def _connect(self) -> sqlite3.Connection:
        connection = connect_writer(self._path)
        self.tokens.watch(connection)
        self._presence.opened()
        return connection

    async def submit(self, work: Work[Result]) -> Result:
        """Queue `work` and wait until it is committed. Raises Overloaded before it is queued."""
        return await self._batches.submit(work)

    async def finish(self) -> None:
        """Let the queue run empty, checkpoint and close."""
        self._batches.finish()
        await asyncio.to_thread(self.join)

    def run(self) -> None:
        try:
            self._run()
        except BaseException:
            # A server whose writer is gone would accept requests and never answer them.
            logger.critical("the writer ended", exc_info=True)
            logging.shutdown()
            os._exit(EXIT_UNUSABLE)

    def _run(self) -> None:
        batch: list[Operation] | None = []
        while batch is not None:
            batch = self._next_batch()
            if batch:
                outcomes = self._commit(batch)
                self.tokens.transaction_ended()
                if loss := self._presence.loss():
                    self._answer(_refused(batch))
                    self._end(loss)
                self._answer(outcomes)
            elif loss := self._presence.loss():
                self._end(loss)
            else:
                self.tokens.look(self._connection)
            self._log.checkpoint(self._connection, idle=not batch)
        self._connection.close()

    def _next_batch(self) -> list[Operation] | None:
        """Empty when nothing came for a while; None when nothing comes any more."""
        try:
            return self._batches.queue.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return []

    def _commit(self, operations: list[Operation]) -> list[Outcome]:
        """Run a batch in one transaction. After an error of the whole batch, nothing is answered
        as done; after one of a single operation, the others run again."""
        try:
            outcomes = self._together(operations) or self._one_by_one(operations)
        except TransactionLost as lost:
            others = [
                operation for operation in operations if operation is not lost.outcome.operation
            ]
            return [lost.outcome, *(self._commit(others) if others else [])]
        except sqlite3.Error as error:
            failure = self._give_up(error)
            return [Outcome(operation, error=failure) for operation in operations]
        self._log.grew(len(operations))
        return outcomes

    def _together(self, operations: list[Operation]) -> list[Outcome] | None:
        """Commit all of them; None, and nothing done, where one of them failed.

        Hardly any fails once it is here, and savepoints cost every operation two statements and a
        copy of each page that it touches.
        """
        connection = self._connection
        self._begin()
        tx = SqliteTransaction(connection)
        try:
            outcomes = [Outcome(operation, operation.work(tx)) for operation in operations]
            crash_points.reached("tx.released")
        except Exception:  # noqa: BLE001 - whatever it is, it happens again with a savepoint around it
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return None
        crash_points.reached("tx.before_commit")
        connection.execute("COMMIT")
        crash_points.reached("tx.after_commit")
        return outcomes

    def _one_by_one(self, operations: list[Operation]) -> list[Outcome]:
        """Commit those that succeed; each has a savepoint to go back to."""
        self._begin()
        outcomes = [self._apply(operation) for operation in operations]
        self._connection.execute("COMMIT")
        return outcomes

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self.tokens.look(self._connection)
        if self._log.begins:
            # A log that begins says whose it is.
            stamp(self._connection)
        crash_points.reached("tx.begin")

    def _apply(self, operation: Operation) -> Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT op")
        try:
            value = operation.work(SqliteTransaction(connection))
            connection.execute("RELEASE op")
        except Exception as error:
            self._presence.failed(error)
            outcome = Outcome(operation, error=_told(error))
            if not connection.in_transaction:
                raise TransactionLost(outcome) from error
            connection.execute("ROLLBACK TO op")
            connection.execute("RELEASE op")
            return outcome
        return Outcome(operation, value)

    def _give_up(self, error: sqlite3.Error) -> ApiError:
        """After a failed BEGIN or COMMIT. Where no commit record was written it is undone, known.

        Any other error at COMMIT is indeterminate: after a failed fsync the row may be there or
        not. The connection is opened anew and must checkpoint before anything else is answered;
        then the caller's idempotency key decides.
        """
        logger.error("a commit failed: %s (%s)", error, getattr(error, "sqlite_errorname", "?"))
        self._presence.failed(error)
        if is_undone(error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return storage_error(error)
        self._reopen()
        return StorageUnavailable(retry_after=1)

    def _reopen(self) -> None:
        if loss := self._presence.loss():
            self._end(loss)
        try:
            self._connection.close()
            self._connection = self._connect()
            busy = checkpoints.empty(self._connection, wait_seconds=5)
        except sqlite3.Error:
            logger.critical("the database cannot be trusted after a failed commit", exc_info=True)
            busy = True
        if busy:
            # A row seen now may exist in the page cache only: better no server than a wrong one.
            logging.shutdown()
            os._exit(EXIT_UNUSABLE)

    def _end(self, loss: Loss) -> NoReturn:
        """Save what was committed, if there is a file to save it in; refuse what still comes, and
        end the process."""
        self.is_lost = True
        is_saved = loss.can_save and self._save()
        saved = "What was acknowledged before is in the database." if is_saved else RESTORE
        logger.critical("%s; the server ends, for no write would last. %s", loss.sentence, saved)
        until = time.monotonic() + LAST_SECONDS
        with suppress(queue.Empty):
            while (left := until - time.monotonic()) > 0:
                self._answer(_refused(self._batches.queue.get(timeout=left) or []))
        logging.shutdown()
        os._exit(EXIT_UNUSABLE)

    def _save(self) -> bool:
        """Move the log, which may have no name any more, into the database."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return not checkpoints.empty(self._connection, wait_seconds=1)
        return False

    def _answer(self, outcomes: list[Outcome]) -> None:
        if not outcomes:
            return
        loop = outcomes[0].operation.future.get_loop()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._batches.settle, outcomes)


def _refused(batch: list[Operation]) -> list[Outcome]:
    return [Outcome(operation, error=StorageUnavailable(retry_after=1)) for operation in batch]


def _told(error: Exception) -> Exception:
    return storage_error(error) if isinstance(error, sqlite3.Error) else error
