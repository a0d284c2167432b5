"""Detects a wall clock that was set, by comparing it with the time since the server's start.

Rule: a clock that was set never causes what cannot be undone.

Stored replies, which would be lost for ever, age by the running time and not by the wall clock.
Dates that a person or a program gave go by the wall clock. A wrong clock has these effects only:
- a token's end, or an overlap's: the token is refused, or accepted, until the clock is right;
- a minted key before its first use: the key is refused, with nothing done, or lives longer; a used
  key is found before its end is checked;
- an on-hold day: the ticket opens early, or as soon as the clock is right;
- the next attempt of a delivery, and a lease: early, or at once when the clock is right, because
  schedule_repair moves every time that no schedule explains;
- pruning of dead tokens: runs at a person's request only, and the audit log keeps their names.
"""

from collections.abc import Callable

from tickiti_server.clock import DAY, SECOND, Clock, Microseconds, steady_clock, wall_clock

MOST_DRIFT: Microseconds = DAY
"""A wall clock that moved further than this against the elapsed time was set. Waiting is safe,
whichever of its two times is right."""


class ClockGuard:
    """Compares the wall clock with the elapsed time since the guard was created."""

    def __init__(
        self,
        clock: Clock = wall_clock,
        steady: Clock = steady_clock,
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._began = clock() - steady()
        self._is_told = False

    def now(self, tell: Callable[[int], None]) -> Microseconds | None:
        """The wall clock's time, or None if the clock was set.

        On the first None, `tell` gets the hours by which the clock was set. The checked reading
        itself is returned, because the clock may be set between two readings.
        """
        now = self._clock()
        moved = now - self._steady() - self._began
        if abs(moved) <= MOST_DRIFT:
            return now
        if not self._is_told:
            self._is_told = True
            tell(round(moved / (3600 * SECOND)))
        return None
