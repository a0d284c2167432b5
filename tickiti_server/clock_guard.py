"""Whether the wall clock can be believed: it is compared with the time that has really passed.

The rule of this file: nothing that cannot be undone is done by a clock that was set.

What ages by itself and would be lost for good does not ask the wall clock at all: see running_time.
What a person or another program gave as a date is that date, so it goes by the wall clock, and a
wrong one does this and no more:
- a token's end, the end of an overlap: it is refused, or accepted, while the clock is wrong;
- a made key that waits for its first use: it is refused (nothing was done), or good for longer; a
  key that was used is found before its end is asked for;
- a day on hold: the ticket opens early, for everybody to see, or once the clock is right;
- a delivery's next attempt and a lease: too early, or at once when the clock is right again, since
  none of them is ever due later than its schedule can explain (store.outbox);
- forgetting dead tokens: at a person's request only; what is forgotten is in the audit log.
"""

import time
from collections.abc import Callable

from tickiti_server.call import DAY, SECOND, Microseconds, wall_clock

MOST_DRIFT: Microseconds = DAY
"""A wall clock that has moved further than this against the time that has passed was set. Whichever
of its two times is right: to wait harms nobody."""


def steady_clock() -> Microseconds:
    """Time that passes, whatever the wall clock is set to; it goes on while the machine sleeps."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


class ClockGuard:
    """Looks at the clock from its own creation on."""

    def __init__(
        self,
        clock: Callable[[], Microseconds] = wall_clock,
        steady: Callable[[], Microseconds] = steady_clock,
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._began = clock() - steady()
        self._is_told = False

    def now(self, tell: Callable[[int], None]) -> Microseconds | None:
        """The wall clock's time, None where it cannot be believed; the first time, `tell` gets by
        how many hours it was set. What is believed is what was looked at: the clock may be set
        between two readings."""
        now = self._clock()
        moved = now - self._steady() - self._began
        if abs(moved) <= MOST_DRIFT:
            return now
        if not self._is_told:
            self._is_told = True
            tell(round(moved / (3600 * SECOND)))
        return None
