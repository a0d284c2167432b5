"""A pool of reader threads that schedules reads fairly by caller.

Rule: callers with long reads wait for callers with short ones. Each caller has a lane. Lanes that
used much time lately are heavy and share a few of the threads; the others are for light lanes.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.contract.errors import ApiError, StorageUnavailable
from tickiti_server.store.interface import Result, Work
from tickiti_server.store.sqlite.connection import (
    connect_reader,
    refuse_late_read,
    storage_error,
)
from tickiti_server.store.sqlite.functions import Connection
from tickiti_server.store.sqlite.read_limits import run_reader

THREADS = 4
MOST_THREADS = 24
"""The pool grows by a thread when all are busy and a light lane has waited for RELIEF_SECONDS."""

RELIEF_SECONDS = 0.1
MOST_HEAVY = 2
"""Threads that may serve heavy lanes at once."""

MOST_OF_A_LANE = 2
HEAVY_SECONDS = 0.5
"""Recent reading time, decayed by HALVED_SECONDS, above which a lane is heavy."""

HALVED_SECONDS = 5.0
"""The half-life of a lane's recent reading time."""

MOST_LANES = 10_000

logger = logging.getLogger("tickiti.store")


class QueuedRead(NamedTuple):
    """A waiting read and the future of its caller."""

    work: Work[Any]
    future: asyncio.Future[Any]
    at: float


class Lane:
    """The waiting and running reads of one caller, and its recent reading time."""

    def __init__(self, now: float) -> None:
        self.waiting: deque[QueuedRead] = deque()
        self.running = 0
        self._used = 0.0
        self._as_of = now

    def used(self, now: float) -> float:
        self._used *= 0.5 ** ((now - self._as_of) / HALVED_SECONDS)
        self._as_of = now
        return self._used

    def use(self, seconds: float, now: float) -> None:
        self._used = self.used(now) + seconds


class ReaderPool:
    """The reader threads. They are daemons, so that a stuck read keeps no process alive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lanes: dict[object, Lane] = {}
        self._waiting_lanes: dict[object, Lane] = {}
        """The lanes with a waiting read."""

        self._heavy = self._idle = self._pending = 0
        self._has_work = threading.Condition()
        self._is_over = False
        self._connections: set[Connection] = set()
        self._spare: list[Connection] = []
        """The connections that no thread uses, the one used last at the end."""

        self._threads: set[threading.Thread] = set()
        for _ in range(THREADS):
            self._start()

    async def read(self, work: Work[Result], lane: object) -> Result:
        """Run `work` on a reader thread. Raises Overloaded if it waited or ran too long."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._has_work:
            now = time.monotonic()
            if lane not in self._lanes:
                self._forget_idle_lanes(now)
                self._lanes[lane] = Lane(now)
            self._waiting_lanes[lane] = self._lanes[lane]
            self._lanes[lane].waiting.append(QueuedRead(work, future, now))
            self._has_work.notify()
            self._pending += 1
            if self._pending > self._idle:
                loop.call_later(RELIEF_SECONDS, self._add_thread_if_short)
        return await future

    def finish(self, seconds: float) -> None:
        """Interrupt the reads and end the threads; a stuck thread is abandoned after `seconds`."""
        with self._has_work:
            self._is_over = True
            self._has_work.notify_all()
            for connection in self._connections:
                connection.interrupt()
        until = time.monotonic() + seconds
        for thread in [*self._threads]:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _add_thread_if_short(self) -> None:
        """Start a thread if every thread is busy and a read that may run still waits."""
        with self._has_work:
            now = time.monotonic()
            is_short = self._pending > self._idle and len(self._threads) < MOST_THREADS
            if is_short and self._next_lane(now) and not self._is_over:
                self._start()

    def _forget_idle_lanes(self, now: float) -> None:
        """Drop idle lanes once there are very many."""
        if len(self._lanes) >= MOST_LANES:
            self._lanes = {
                name: lane
                for name, lane in self._lanes.items()
                if lane.waiting or lane.running or lane.used(now) > HEAVY_SECONDS / 10
            }

    def _run(self) -> None:
        try:
            while taken := self._next_read():
                lane, is_heavy, read = taken
                began, connection = time.monotonic(), None
                try:
                    connection = self._take_connection()
                    result = _result(connection, read)
                    if isinstance(result, (StorageUnavailable, sqlite3.Error)):
                        self._discard(connection)
                        connection = None
                except ApiError as error:
                    result = error
                finally:
                    # Before the answer: a caller's next read must find this one on its account.
                    seconds = time.monotonic() - began
                    self._finish_read(lane, seconds, connection, is_heavy=is_heavy)
                _answer(read, result)
        finally:
            self._end_thread()

    def _take_connection(self) -> Connection:
        """The connection that was used last: it has the pages of the latest reads in its cache, and
        the others take no memory for them."""
        with self._has_work:
            if self._spare:
                return self._spare.pop()
        try:
            connection = connect_reader(self._path)
        except sqlite3.Error as error:  # no more files may be open, say
            raise storage_error(error) from error
        with self._has_work:
            self._connections.add(connection)
        return connection

    def _discard(self, connection: Connection) -> None:
        """Close a connection that has failed. As the one used last it would get every read, and
        fail again if the fault is its own."""
        with self._has_work:
            self._connections.discard(connection)
        with suppress(sqlite3.Error):
            connection.close()

    def _end_thread(self) -> None:
        """Take this thread off the list, and close a connection that is not in use. So no more are
        open than there are threads."""
        with self._has_work:
            self._threads.discard(threading.current_thread())
            unused = self._spare.pop(0) if self._spare else None
            if unused is not None:
                self._connections.discard(unused)
        if unused is not None:
            unused.close()

    def _next_read(self) -> tuple[Lane, bool, QueuedRead] | None:
        """Return the next read and whether its lane is heavy, or None if this thread should end."""
        with self._has_work:
            while not self._is_over:
                now = time.monotonic()
                if found := self._next_lane(now):
                    return self._start_read(*found, now)
                if len(self._threads) > THREADS:
                    return None
                self._idle += 1
                self._has_work.wait()
                self._idle -= 1
            return None

    def _start_read(self, name: object, lane: Lane, now: float) -> tuple[Lane, bool, QueuedRead]:
        is_heavy = lane.used(now) > HEAVY_SECONDS
        self._heavy += is_heavy
        self._pending -= 1
        lane.running += 1
        read = lane.waiting.popleft()
        if not lane.waiting:
            del self._waiting_lanes[name]
        return lane, is_heavy, read

    def _next_lane(self, now: float) -> tuple[object, Lane] | None:
        """Return the lane that has used least of those that may read now."""
        able = [
            (name, lane)
            for name, lane in self._waiting_lanes.items()
            if lane.running < MOST_OF_A_LANE
            and (self._heavy < MOST_HEAVY or lane.used(now) <= HEAVY_SECONDS)
        ]
        return min(able, key=lambda one: (one[1].running, one[1].used(now)), default=None)

    def _finish_read(
        self, lane: Lane, seconds: float, connection: Connection | None, *, is_heavy: bool
    ) -> None:
        with self._has_work:
            if connection is not None:
                self._spare.append(connection)
            self._heavy -= is_heavy
            lane.running -= 1
            lane.use(seconds, time.monotonic())
            self._has_work.notify()


def _result(connection: Connection, read: QueuedRead) -> Any:
    """Return the result of a read, or its error."""
    if read.future.cancelled():
        return None
    try:
        refuse_late_read(read.at)
        return run_reader(connection, read.work)
    except Exception as error:  # noqa: BLE001 - the caller gets it
        return error


def _answer(read: QueuedRead, result: Any) -> None:
    settle: Callable[[Any], None] = read.future.set_result
    if isinstance(result, Exception):
        settle = read.future.set_exception

    def tell() -> None:
        if not read.future.done():
            settle(result)

    with suppress(RuntimeError):  # the loop is closed, so no caller waits
        read.future.get_loop().call_soon_threadsafe(tell)
