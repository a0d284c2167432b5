"""How often a client may call: rates in memory, which no flood of subjects can fill."""

import time
from collections.abc import Callable

from tickiti_cli.contract.errors import RateLimited

MOST_SUBJECTS = 10_000
"""Addresses or tokens remembered at once; beyond it the oldest are forgotten, not the server."""

WINDOW_SECONDS = 60.0


class Rate:
    """At most `limit` calls a minute for each subject, counted in fixed windows."""

    def __init__(self, limit: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[object, tuple[float, int]] = {}

    def take(self, subject: object) -> None:
        """Count one call. Raises RateLimited, which says how long to wait."""
        if self._limit is None:
            return
        now = self._clock()
        began, count = self._windows.pop(subject, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        while len(self._windows) >= MOST_SUBJECTS:
            del self._windows[next(iter(self._windows))]
        self._windows[subject] = (began, count + 1)
        if count >= self._limit:
            raise RateLimited(retry_after=max(1, round(began + WINDOW_SECONDS - now)))
