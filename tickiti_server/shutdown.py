"""The shutdown deadline: a server that was asked to stop exits in time, whatever still runs.

A thread that reads a long text or waits for a mail server or a disk cannot be stopped. Exiting is
safe, because every acknowledged write is committed, and a retry with the same key decides the rest.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from tickiti_server.logs import setup

AFTER_DRAIN = 1.3
"""Seconds between the end of the drain and the exit, for the log and a last checkpoint."""

LAST_WORDS = 0.3
"""Seconds for the last lines of the log, whose reader may be slow."""


class ShutdownDeadline:
    """The time that a server has left after its first signal."""

    def __init__(self, drain_seconds: float, on_exit: Callable[[], None]) -> None:
        """`on_exit` must be quick. It is called at most once by this class."""
        self._seconds = drain_seconds + AFTER_DRAIN
        self._at_last = on_exit
        self._until: float | None = None

    def begin(self) -> None:
        """Start the countdown. A second call changes nothing."""
        if self._until is None:
            self._until = time.monotonic() + self._seconds
            threading.Thread(target=self._wait, name="ending", daemon=True).start()

    @property
    def has_begun(self) -> bool:
        """Whether the server was asked to stop."""
        return self._until is not None

    def left(self) -> float:
        """Seconds until the exit; the full time if the countdown has not started."""
        if self._until is None:
            return self._seconds
        return max(0.0, self._until - time.monotonic())

    def _wait(self) -> None:
        # A daemon thread: it ends with a process that exits earlier.
        time.sleep(self.left())
        own = {threading.current_thread(), threading.main_thread()}
        names = sorted(thread.name for thread in threading.enumerate() if thread not in own)
        setup.life.warning(
            "The time to stop is over: what still runs is left behind (%s)",
            ", ".join(names) or "the event loop",
        )
        self._at_last()
        words = threading.Thread(target=logging.shutdown, daemon=True)
        words.start()
        words.join(LAST_WORDS)
        os._exit(0)
