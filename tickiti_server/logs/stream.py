"""The way of the log out of the process: a stream that makes nobody wait for its reader.

A pipe whose reader sleeps takes 64 KiB and then blocks whoever writes to it: that must not be the
thread that answers requests, or a log that nobody reads would stop the server.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

MOST_WAITING = 1024 * 1024
"""Characters for a slow reader, about 10,000 requests. What comes beyond is counted and lost."""

DRAIN_SECONDS = 2.0
"""How long the end of the process waits for the last lines to be taken."""


class LogStream:
    """What `logging` and the request lines write to: whole lines, which a thread passes on."""

    def __init__(self, stream: TextIO, *, tell_lost: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell_lost = tell_lost
        self._lines: list[str] = []
        self._size = 0
        self._lost = 0
        # Re-entrant, as a signal's handler may log while its thread is in here.
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
        """What was written is on its way already."""

    def drain(self) -> None:
        """Wait until the reader has taken everything, or has had its time."""
        with self._changed:
            self._changed.wait_for(lambda: not self._size, DRAIN_SECONDS)

    def _pass_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                lines, self._lines = "".join(self._lines), []
            with suppress(OSError, ValueError):  # a full disk under the log stops nothing
                self._stream.write(lines)
                self._stream.flush()
            with self._changed:
                self._size -= len(lines)
                lost, self._lost = self._lost, 0
                self._changed.notify_all()
            if lost:
                self._tell_lost(lost)
