"""The version of the tokens, as far as this process knows it without asking the database.

Rule: a token that another server revokes is refused by every write from then on, because each write
compares the version in its transaction, and by every read at most KNOWN_SECONDS later.
"""

import threading
import time

KNOWN_SECONDS = 0.04
"""How long a version counts after it was asked for. Every write brings it along."""


class TokenVersion:
    """The highest version that a transaction of this process has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._asked_at = float("-inf")
        self._forgot_at = float("-inf")

    @property
    def current(self) -> object:
        """The version, or an object that equals no other if it is not known to be the latest."""
        with self._lock:
            is_known = time.monotonic() - self._asked_at <= KNOWN_SECONDS
            return self._version if is_known else object()

    def note(self, version: int, *, asked_at: float) -> None:
        """Note what the database said. `asked_at` is the monotonic time before the question."""
        with self._lock:
            if asked_at < self._forgot_at:
                return
            if version > self._version:
                self._version, self._asked_at = version, asked_at
            elif version == self._version:
                self._asked_at = max(self._asked_at, asked_at)

    def forget(self) -> None:
        """Begin again: after a change of this process, and where another database takes over, which
        may lack the last changes."""
        with self._lock:
            self._version, self._asked_at = 0, float("-inf")
            self._forgot_at = time.monotonic()
