"""A non-blocking stream for the log.

A pipe takes 64 KiB and then blocks its writer until the reader reads. A thread of its own writes to
it, otherwise a log that nobody reads would stop the server.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

MOST_WAITING = 1024 * 1024
"""Characters that wait for a slow reader, about 10,000 requests. More are dropped and counted."""

DRAIN_SECONDS = 2.0
"""At exit the process waits this long for the reader to take the last lines."""


class LogStream:
    """Takes whole lines from `logging` and the request lines; a thread writes them."""

    def __init__(self, stream: TextIO, *, tell_lost: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell_lost = tell_lost
        self._lines: list[str] = []
        self._size = 0
        self._lost = 0
        # Re-entrant, because a signal handler may log while its own thread holds the lock.
        self._changed = threading.Condition(threading.RLock())
        threading.Thread(target=self._pass_on, name="log", daemon=True).start()

    def write(self, lines: str) -> None:
        with self._changed:
            if self._size and self._size + len(lines) > MOST_WAITING:
                self._lost += lines.count("\n")
                return
            self._lines.append(lines)
            self._size += len(lines)
            self._changed.notify_all()

    def flush(self) -> None:
        """Does nothing: the thread writes lines as soon as they arrive."""

    def drain(self) -> None:
        """Wait until the reader has taken all lines, at most DRAIN_SECONDS."""
        with self._changed:
            self._changed.wait_for(lambda: not self._size, DRAIN_SECONDS)

    def _pass_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                lines, self._lines = "".join(self._lines), []
            with suppress(OSError, ValueError):  # a full disk must not stop the server
                self._stream.write(lines)
                self._stream.flush()
            with self._changed:
                self._size -= len(lines)
                lost, self._lost = self._lost, 0
                self._changed.notify_all()
            if lost:
                self._tell_lost(lost)
