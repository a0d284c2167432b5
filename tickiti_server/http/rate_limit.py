"""Rate limits for each token or address, counted in bounded memory."""

import time
from collections.abc import Callable

from tickiti_cli.contract.errors import RateLimited

MOST_SUBJECTS = 10_000
"""Addresses or tokens that are counted at once. Beyond this number the oldest are forgotten."""

WINDOW_SECONDS = 60.0


class RateLimiter:
    """Allows `limit` calls a minute for each subject, counted in fixed windows."""

    def __init__(self, limit: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[object, tuple[float, int]] = {}

    def clear(self) -> None:
        """Forget every call so far."""
        self._windows.clear()

    def count(self, subject: object) -> None:
        """Count one call. Raises RateLimited with the seconds until the next window."""
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
