"""The running time: the clock by which idempotency keys age.

A wall clock can be wrong, and a key that is deleted too early lets a retry create its ticket twice.
So the age of a key is the time that servers of this database have run since. The process counts it
with its monotonic clock, the database stores it, and the next server continues it. While no server
runs, the running time stands still: a database that is served for minutes a day keeps its keys for
years, but never more keys than thirty days of service make. Servers that share a database count
alike: one whose machine slept catches up, or the others would take its new keys for old ones.

Rule: the running time never goes back, and never advances by more than has really passed.
"""

import threading

from tickiti_server.clock import SECOND, Clock, Microseconds, process_clock

MOST_STEP: Microseconds = 600 * SECOND
"""The largest step between two readings, which are at most a minute apart in service.

A longer gap is not service: the process was stopped, or its monotonic clock jumped.
"""


class RunningTime:
    """Continues the stored running time. The event loop and the writer thread read it."""

    def __init__(
        self,
        counted: Microseconds = 0,
        steady: Clock = process_clock,
        *,
        most_step: Microseconds = MOST_STEP,
    ) -> None:
        self._counted = counted
        self._steady = steady
        self._most_step = most_step
        self._read_at = steady()
        self._lock = threading.Lock()

    def now(self) -> Microseconds:
        with self._lock:
            at = self._steady()
            if at > self._read_at:
                self._counted += min(at - self._read_at, self._most_step)
            self._read_at = at
            return self._counted

    def catch_up(self, counted: Microseconds) -> None:
        """Count no less than another server of the database, whose machine was awake for longer."""
        self.now()
        with self._lock:
            self._counted = max(self._counted, counted)

    def restart(self, counted: Microseconds) -> None:
        """Continue another running time, that of a database whose content was replaced."""
        with self._lock:
            self._counted, self._read_at = counted, self._steady()
