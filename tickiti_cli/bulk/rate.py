"""How fast attempts may follow each other."""

import time

MOST_CAUGHT_UP_SECONDS = 1.0
"""Attempts that a short stall left over are made up for; after a long one there is no crowd."""


class Pace:
    """At most `rate` attempts a second on average; None for as many as can be."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._next = time.monotonic()

    @property
    def pause(self) -> float:
        """Seconds until the next attempt may begin."""
        return max(0.0, self._next - time.monotonic())

    def take(self) -> None:
        """An attempt begins, be it a line's first or another one."""
        earliest = time.monotonic() - MOST_CAUGHT_UP_SECONDS
        self._next = max(self._next, earliest) + self._interval
