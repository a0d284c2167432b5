"""The end of a server that was asked to end: it comes in time, whatever still runs.

A thread cannot be stopped from outside: a look through a long text, a mail server that is silent, a
disk that does not answer. What was acknowledged is on the disk before that, and what was not is
decided by its key; so at the end of its time the process leaves all of it behind.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from tickiti_server import observe

AFTER_DRAIN = 1.3
"""Seconds between the end of the drain and the end of the process: for the log, and the checkpoint
that spares the next start some work."""

LAST_WORDS = 0.3
"""Seconds for what the log still holds, whose reader may be slow."""


class Ending:
    """The time that is left to one server, from its first signal on."""

    def __init__(self, drain_seconds: float, at_last: Callable[[], None]) -> None:
        """`at_last` is what is done even if nothing else is: in a moment, and not twice."""
        self._seconds = drain_seconds + AFTER_DRAIN
        self._at_last = at_last
        self._until: float | None = None

    def begin(self) -> None:
        """Count from now; a second call changes nothing."""
        if self._until is None:
            self._until = time.monotonic() + self._seconds
            threading.Thread(target=self._wait, name="ending", daemon=True).start()

    def left(self) -> float:
        """Seconds until the process is gone; all of them where nobody has asked it to go."""
        if self._until is None:
            return self._seconds
        return max(0.0, self._until - time.monotonic())

    def _wait(self) -> None:
        # A process that ends earlier takes this thread with it.
        time.sleep(self.left())
        own = {threading.current_thread(), threading.main_thread()}
        names = sorted(thread.name for thread in threading.enumerate() if thread not in own)
        observe.life.warning(
            "The time to stop is over: what still runs is left behind (%s)",
            ", ".join(names) or "the event loop",
        )
        self._at_last()
        words = threading.Thread(target=logging.shutdown, daemon=True)
        words.start()
        words.join(LAST_WORDS)
        os._exit(0)
