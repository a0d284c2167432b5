"""The threads that read, and whose turn it is.

The rule of this file: who reads for long waits for those who do not. Each reader has a lane, which
is whoever asked; a lane that has lately used much time shares some of the threads with its like,
and the others are for everybody else.
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

from tickiti_cli.contract.errors import ApiError
from tickiti_server.store.database import Result, Work
from tickiti_server.store.sqlite.connection import (
    connect_reader,
    refuse_late,
    storage_error,
)
from tickiti_server.store.sqlite.functions import Connection
from tickiti_server.store.sqlite.reading import run_reader

THREADS = 4
MOST_THREADS = 24
"""While all are busy and one who reads little has waited for RELIEF_SECONDS, there is one more."""

RELIEF_SECONDS = 0.1
MOST_HEAVY = 2
"""Threads that may be with heavy lanes at once."""

MOST_OF_A_LANE = 2
HEAVY_SECONDS = 0.5
"""So much reading within some time makes a lane heavy."""

HALVED_SECONDS = 5.0
"""After so long, half of what a lane has used is forgotten."""

MOST_LANES = 10_000

logger = logging.getLogger("tickiti.store")


class Asked(NamedTuple):
    """One read that waits, and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    at: float


class Lane:
    """One who asks: what waits, how much runs, and how long it has read lately."""

    def __init__(self, now: float) -> None:
        self.waiting: deque[Asked] = deque()
        self.running = 0
        self._used = 0.0
        self._as_of = now

    def used(self, now: float) -> float:
        self._used *= 0.5 ** ((now - self._as_of) / HALVED_SECONDS)
        self._as_of = now
        return self._used

    def use(self, seconds: float, now: float) -> None:
        self._used = self.used(now) + seconds


class Readers:
    """Daemons, so that one that is stuck keeps no process alive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lanes: dict[object, Lane] = {}
        self._asking: dict[object, Lane] = {}
        """Those of them in which a read waits."""

        self._heavy = self._idle = self._pending = 0
        self._has_work = threading.Condition()
        self._is_over = False
        self._connections: set[Connection] = set()
        self._threads: set[threading.Thread] = set()
        for _ in range(THREADS):
            self._start()

    async def read(self, work: Work[Result], lane: object) -> Result:
        """Raises Overloaded where it had to wait too long, or took too long itself."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._has_work:
            now = time.monotonic()
            if lane not in self._lanes:
                self._forget(now)
                self._lanes[lane] = Lane(now)
            self._asking[lane] = self._lanes[lane]
            self._lanes[lane].waiting.append(Asked(work, future, now))
            self._has_work.notify()
            self._pending += 1
            if self._pending > self._idle:
                loop.call_later(RELIEF_SECONDS, self._relieve)
        return await future

    def finish(self, seconds: float) -> None:
        """End the threads and close what they read with; one that is stuck is left behind."""
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

    def _relieve(self) -> None:
        """Have one thread more where a light lane still waits and all are busy."""
        with self._has_work:
            now = time.monotonic()
            is_short = self._pending > self._idle and len(self._threads) < MOST_THREADS
            if is_short and self._next(now) and not self._is_over:
                self._start()

    def _forget(self, now: float) -> None:
        """Lanes in which nothing is left, once there are very many."""
        if len(self._lanes) >= MOST_LANES:
            self._lanes = {
                name: lane
                for name, lane in self._lanes.items()
                if lane.waiting or lane.running or lane.used(now) > HEAVY_SECONDS / 10
            }

    def _run(self) -> None:
        connection: Connection | None = None
        try:
            while taken := self._take():
                lane, is_heavy, asked = taken
                began = time.monotonic()
                try:
                    if connection is None:
                        connection = self._open()
                    _answer(asked, _outcome(connection, asked))
                except ApiError as error:
                    _answer(asked, error)
                finally:
                    self._done(lane, time.monotonic() - began, is_heavy=is_heavy)
        finally:
            with self._has_work:
                self._threads.discard(threading.current_thread())
                if connection is not None:
                    self._connections.discard(connection)
            if connection is not None:
                connection.close()

    def _open(self) -> Connection:
        try:
            connection = connect_reader(self._path)
        except sqlite3.Error as error:  # no more files may be open, say
            raise storage_error(error) from error
        with self._has_work:
            self._connections.add(connection)
        return connection

    def _take(self) -> tuple[Lane, bool, Asked] | None:
        """The next read, and whether its lane is heavy; None when this thread comes to its end."""
        with self._has_work:
            while not self._is_over:
                now = time.monotonic()
                if found := self._next(now):
                    return self._taken(*found, now)
                if len(self._threads) > THREADS:
                    return None
                self._idle += 1
                self._has_work.wait()
                self._idle -= 1
            return None

    def _taken(self, name: object, lane: Lane, now: float) -> tuple[Lane, bool, Asked]:
        is_heavy = lane.used(now) > HEAVY_SECONDS
        self._heavy += is_heavy
        self._pending -= 1
        lane.running += 1
        asked = lane.waiting.popleft()
        if not lane.waiting:
            del self._asking[name]
        return lane, is_heavy, asked

    def _next(self, now: float) -> tuple[object, Lane] | None:
        """Of those that may read now, the one that has used least."""
        able = [
            (name, lane)
            for name, lane in self._asking.items()
            if lane.running < MOST_OF_A_LANE
            and (self._heavy < MOST_HEAVY or lane.used(now) <= HEAVY_SECONDS)
        ]
        return min(able, key=lambda one: (one[1].running, one[1].used(now)), default=None)

    def _done(self, lane: Lane, seconds: float, *, is_heavy: bool) -> None:
        with self._has_work:
            self._heavy -= is_heavy
            lane.running -= 1
            lane.use(seconds, time.monotonic())
            self._has_work.notify()


def _outcome(connection: Connection, asked: Asked) -> Any:
    """What it has read, or the error that it met."""
    if asked.future.cancelled():
        return None
    try:
        refuse_late(asked.at)
        return run_reader(connection, asked.work)
    except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
        return error


def _answer(asked: Asked, outcome: Any) -> None:
    settle: Callable[[Any], None] = asked.future.set_result
    if isinstance(outcome, Exception):
        settle = asked.future.set_exception

    def tell() -> None:
        if not asked.future.done():
            settle(outcome)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        asked.future.get_loop().call_soon_threadsafe(tell)
