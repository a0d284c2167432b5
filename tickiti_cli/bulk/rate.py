"""The rate limit of a bulk job: how fast attempts may follow each other."""

import time

MOST_CAUGHT_UP_SECONDS = 1.0
"""A stall of up to this long is made up for. A longer one is not, because a burst would follow."""


class RateLimiter:
    """Allows at most `rate` attempts a second on average; None for no limit."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._next = time.monotonic()

    @property
    def pause(self) -> float:
        """Return the seconds until the next attempt may begin."""
        return max(0.0, self._next - time.monotonic())

    def count_attempt(self) -> None:
        """Count an attempt that begins now; a retry counts as well."""
        earliest = time.monotonic() - MOST_CAUGHT_UP_SECONDS
        self._next = max(self._next, earliest) + self._interval
