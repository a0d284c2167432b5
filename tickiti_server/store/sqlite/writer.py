"""The writer thread: commits each batch of writes in one transaction.

A write that fails is rolled back alone. No caller gets a result before COMMIT has returned.
"""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tickiti_cli.contract.errors import ApiError, StorageUnavailable
from tickiti_server import crash_points
from tickiti_server.store.interface import Result, Work
from tickiti_server.store.opening import Opened, Opening
from tickiti_server.store.sqlite import checkpoints, openings
from tickiti_server.store.sqlite.commit_queue import CommitQueue, QueuedWrite, WriteResult
from tickiti_server.store.sqlite.connection import (
    SqliteTransaction,
    connect_writer,
    is_rolled_back,
    storage_error,
)
from tickiti_server.store.sqlite.files.file_watcher import FileLoss, FileWatcher
from tickiti_server.store.sqlite.files.integrity import write_identity_to_wal
from tickiti_server.store.sqlite.files.soundness import RESTORE
from tickiti_server.store.sqlite.token_changes import TokenChanges
from tickiti_server.store.sqlite.wal import WalWatcher

IDLE_SECONDS = 1.0
"""After this long without work the WAL is truncated and the files are checked."""

LAST_SECONDS = 1.0
"""How long requests are still refused after the files are gone, so that waiting clients get a reply
and health checks fail."""

EXIT_UNUSABLE = 16

logger = logging.getLogger("tickiti.store")


class TransactionAborted(Exception):
    """SQLite rolled back the whole transaction while an write ran; `result` is that write's."""

    def __init__(self, result: WriteResult) -> None:
        self.result = result
        super().__init__("transaction lost")


class Writer(threading.Thread):
    """The thread that owns the one writing connection."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="writer", daemon=True)
        self._path = path
        self.tokens = TokenChanges()
        self.batches = 0
        """How many batches were written."""

        self.is_lost = False
        """True once the files are gone: reads and writes count no more."""

        self._files = FileWatcher(path)
        self._connection = self._connect()
        self._queue = CommitQueue()
        self._wal = WalWatcher(failed=self._files.note_error)

    def note_damage(self, sentence: str) -> None:
        """Have the server end before its next write, because a check found damage."""
        self._files.note_damage(sentence)

    def _connect(self) -> sqlite3.Connection:
        connection = connect_writer(self._path)
        self.tokens.watch(connection)
        self._files.record_identities()
        return connection

    def submit(
        self, work: Work[Result], opening: Opening | None = None
    ) -> Awaitable[Result | Opened]:
        """Queue `work`, or an opening that says the same, and wait for its commit. Returns Opened
        only for an opening. Raises Overloaded before anything is queued."""
        return self._queue.submit(work, opening)

    async def finish(self) -> None:
        """Commit the queued writes, checkpoint and close."""
        self._queue.finish()
        await asyncio.to_thread(self.join)

    def run(self) -> None:
        try:
            self._run()
        except BaseException:
            # Without a writer, the server would accept requests and never answer them.
            logger.critical("the writer ended", exc_info=True)
            logging.shutdown()
            os._exit(EXIT_UNUSABLE)

    def _run(self) -> None:
        batch: list[QueuedWrite] | None = []
        while batch is not None:
            batch = self._next_batch()
            if batch:
                if loss := self._find_cut():
                    self._answer(_refused(batch))
                    self._shut_down(loss)
                results = self._commit(batch)
                self.batches += 1
                self.tokens.transaction_ended()
                if loss := self._files.find_loss():
                    self._answer(_refused(batch))
                    self._shut_down(loss)
                self._answer(results)
            elif loss := self._files.find_loss():
                self._shut_down(loss)
            else:
                self.tokens.check_other_programs(self._connection)
            if self._wal.checkpoint(self._connection, idle=not batch, size=self._files.log_size):
                self._files.note_checkpoint()
        self._connection.close()

    def _find_cut(self) -> FileLoss | None:
        """Look whether the WAL was cut, before a batch is written behind the cut and hides it."""
        if not self._files.has_shorter_log():
            return None
        # It reads each commit that the database does not have yet.
        try:
            checkpoints.passive(self._connection)
        except sqlite3.Error as error:
            self._files.note_error(error)
        return self._files.find_loss()

    def _next_batch(self) -> list[QueuedWrite] | None:
        """Return the next batch: empty after IDLE_SECONDS without work, None at the end."""
        try:
            return self._queue.batches.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return []

    def _commit(self, writes: list[QueuedWrite]) -> list[WriteResult]:
        """Run a batch in one transaction and return the result of each write.

        If the whole batch fails, every result is an error. If one write fails, the others of its
        batch run again.
        """
        try:
            if len(writes) == 1 and writes[0].opening is None:
                return [self._commit_single(writes[0])]
            return self._commit_without_savepoints(writes) or self._commit_with_savepoints(writes)
        except TransactionAborted as aborted:
            others = [write for write in writes if write is not aborted.result.write]
            return [aborted.result, *(self._commit(others) if others else [])]
        except sqlite3.Error as error:
            failure = self._handle_failed_commit(error)
            return [WriteResult(write, error=failure) for write in writes]

    def _commit_single(self, write: QueuedWrite) -> WriteResult:
        """Commit a batch of one. A failed write rolls back the whole transaction, so that neither a
        savepoint nor a second run is needed."""
        self._begin()
        try:
            value = write.work(SqliteTransaction(self._connection))
            crash_points.reached("tx.released")
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._files.note_error(error)
            self._roll_back()
            return WriteResult(write, error=_as_api_error(error))
        self._commit_transaction(1)
        return WriteResult(write, value)

    def _commit_without_savepoints(self, writes: list[QueuedWrite]) -> list[WriteResult] | None:
        """Commit all writes of a batch. Returns None, with nothing committed, if one fails.

        Few writes fail here, and a savepoint costs each write two statements and a copy of every
        page that the write changes.
        """
        self._begin()
        try:
            tx = SqliteTransaction(self._connection)
            results = openings.run(tx, writes, tokens_as_of=self.tokens.version)
            crash_points.reached("tx.released")
        except Exception:  # noqa: BLE001 - the error happens again inside a savepoint
            self._roll_back()
            return None
        self._commit_transaction(len(writes))
        return results

    def _commit_with_savepoints(self, writes: list[QueuedWrite]) -> list[WriteResult]:
        """Commit the writes of a batch that succeed; a failed one rolls back to its savepoint."""
        self._begin()
        results = [self._run_in_savepoint(write) for write in writes]
        self._commit_transaction(len(writes))
        return results

    def _commit_transaction(self, writes: int) -> None:
        crash_points.reached("tx.before_commit")
        self._connection.execute("COMMIT")
        crash_points.reached("tx.after_commit")
        self._wal.count_commits(writes)

    def _roll_back(self) -> None:
        # SQLite may have rolled back by itself, on a full disk for example.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self.tokens.check_other_programs(self._connection)
        if self._wal.is_new:
            # The first commit of a new WAL names the database that the WAL belongs to.
            write_identity_to_wal(self._connection)
        crash_points.reached("tx.begin")

    def _run_in_savepoint(self, write: QueuedWrite) -> WriteResult:
        connection = self._connection
        connection.execute("SAVEPOINT op")
        try:
            value = write.work(SqliteTransaction(connection))
            connection.execute("RELEASE op")
        except Exception as error:
            self._files.note_error(error)
            result = WriteResult(write, error=_as_api_error(error))
            if not connection.in_transaction:
                raise TransactionAborted(result) from error
            connection.execute("ROLLBACK TO op")
            connection.execute("RELEASE op")
            return result
        return WriteResult(write, value)

    def _handle_failed_commit(self, error: sqlite3.Error) -> ApiError:
        """Handle a failed BEGIN or COMMIT, and return the error of every write of the batch.

        Without a commit record in the WAL, the transaction is rolled back. Any other error of
        COMMIT is indeterminate: after a failed fsync the rows may exist or not. The writer
        reconnects and checkpoints first, and then a retry with the idempotency key decides.
        """
        logger.error("a commit failed: %s (%s)", error, getattr(error, "sqlite_errorname", "?"))
        self._files.note_error(error)
        if is_rolled_back(error):
            self._roll_back()
            return storage_error(error)
        self._reconnect()
        return StorageUnavailable(retry_after=1)

    def _reconnect(self) -> None:
        if loss := self._files.find_loss():
            self._shut_down(loss)
        try:
            self._connection.close()
            self._connection = self._connect()
            busy = checkpoints.truncate(self._connection, wait_seconds=5)
        except sqlite3.Error:
            logger.critical("the database cannot be trusted after a failed commit", exc_info=True)
            busy = True
        if busy:
            # A row may exist in the page cache only, so a running server could show lost data.
            logging.shutdown()
            os._exit(EXIT_UNUSABLE)

    def _shut_down(self, loss: FileLoss) -> NoReturn:
        """Checkpoint if a file is left, refuse the queued writes, and end the process."""
        self.is_lost = True
        is_saved = loss.can_save and self._save_wal()
        saved = "What was acknowledged before is in the database." if is_saved else RESTORE
        logger.critical("%s; the server ends, for no write would last. %s", loss.sentence, saved)
        until = time.monotonic() + LAST_SECONDS
        with suppress(queue.Empty):
            while (left := until - time.monotonic()) > 0:
                self._answer(_refused(self._queue.batches.get(timeout=left) or []))
        logging.shutdown()
        os._exit(EXIT_UNUSABLE)

    def _save_wal(self) -> bool:
        """Checkpoint the WAL, which may have no name any more. Returns whether all was moved."""
        with suppress(sqlite3.Error):
            self._roll_back()
            return not checkpoints.truncate(self._connection, wait_seconds=1)
        return False

    def _answer(self, results: list[WriteResult]) -> None:
        if not results:
            return
        loop = results[0].write.future.get_loop()
        with suppress(RuntimeError):  # the loop is closed, so no caller waits
            loop.call_soon_threadsafe(self._queue.answer, results)


def _refused(batch: list[QueuedWrite]) -> list[WriteResult]:
    return [WriteResult(write, error=StorageUnavailable(retry_after=1)) for write in batch]


def _as_api_error(error: Exception) -> Exception:
    return storage_error(error) if isinstance(error, sqlite3.Error) else error
