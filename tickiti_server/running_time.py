"""The clock by which idempotency keys age: how long this database has been served.

A wall clock can be wrong, at the start of a server too, and a key that was forgotten early lets a
retry file its ticket twice. So a key's age is the time that servers of this database have really
run since: it is counted by the process's own steady clock, written down, and continued by the next
server. While no server runs it stands still: how long that was, only the wall clock would know. A
database that is served for minutes a day keeps its keys for years, but no more of them than thirty
days of service make, which is what one that is always served keeps.

The rule of this file: it never goes back, and never forward by more than has really passed.
"""

import threading
import time
from collections.abc import Callable

from tickiti_server.call import SECOND, Microseconds

MOST_STEP: Microseconds = 600 * SECOND
"""It is read every minute. What is between two readings beyond this was no service: the process was
stopped, or its steady clock is not steady."""


def process_clock() -> Microseconds:
    """Time that passes for this machine while it is awake. Not the one that counts its sleep: the
    kernel learns of that from the same hardware clock that may be wrong."""
    return time.monotonic_ns() // 1000


class RunningTime:
    """Continues what the database says; the loop and the writer read it."""

    def __init__(
        self, counted: Microseconds = 0, steady: Callable[[], Microseconds] = process_clock
    ) -> None:
        self._counted = counted
        self._steady = steady
        self._read_at = steady()
        self._lock = threading.Lock()

    def now(self) -> Microseconds:
        with self._lock:
            at = self._steady()
            self._counted += min(max(at - self._read_at, 0), MOST_STEP)
            self._read_at = at
            return self._counted
