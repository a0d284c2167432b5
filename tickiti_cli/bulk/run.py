"""How the lines of a job are sent: several at once, each with its own retries.

The rule of this file: a line that waits to be tried again does not occupy a place, and no more than
MOST_WAITING lines wait, so that memory stays flat however long the file is.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from tickiti_cli.bulk.job import Result
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, Unreachable
from tickiti_cli.retrying import Policy, may_help, pause_before

MOST_WAITING = 1000


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """A line's next try, ordered by when it is due (seconds of the monotonic clock)."""

    due: float
    line: int
    key: str = field(compare=False)
    body: dict[str, object] = field(compare=False)
    began: float = field(compare=False, default=0.0)
    tries: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Tried:
    attempt: Attempt
    id: object = None
    error: ApiError | TickitiError | None = None


Send = Callable[[Attempt, float], object]
"""Sends one attempt within that many seconds; the id of what was made."""


class Crowd:
    """`jobs` places for attempts. `results` gives what becomes of each line, as it comes."""

    def __init__(self, send: Send, *, jobs: int, policy: Policy) -> None:
        self._send = send
        self._jobs = jobs
        self._policy = policy
        self._waiting: list[Attempt] = []
        self._running: set[Future[Tried]] = set()
        self.is_stopping = False
        """Set it to begin no further line; those that were begun come to their end."""

    def results(self, attempts: Iterator[Attempt]) -> Iterator[Result]:
        with ThreadPoolExecutor(self._jobs) as places:
            try:
                while self._fill(places, attempts):
                    for tried in self._some():
                        if result := self._judged(tried):
                            yield result
            finally:
                places.shutdown(wait=True, cancel_futures=True)

    def _fill(self, places: ThreadPoolExecutor, attempts: Iterator[Attempt]) -> bool:
        """Give every free place something to do; whether anything is left to wait for."""
        while len(self._running) < self._jobs:
            attempt = self._next(attempts)
            if attempt is None:
                break
            self._running.add(places.submit(self._try, attempt))
        return bool(self._running or self._waiting)

    def _next(self, attempts: Iterator[Attempt]) -> Attempt | None:
        now = time.monotonic()
        if self._waiting and (self._waiting[0].due <= now or self.is_stopping):
            return heappop(self._waiting)
        if self.is_stopping or len(self._waiting) >= MOST_WAITING:
            return None
        attempt = next(attempts, None)
        return replace(attempt, due=now, began=now) if attempt else None

    def _some(self) -> list[Tried]:
        """What has ended; an empty list when a waiting line is due first."""
        pause = max(0.0, self._waiting[0].due - time.monotonic()) if self._waiting else None
        if not self._running:
            time.sleep(pause or 0)
            return []
        is_free = len(self._running) < self._jobs
        ended, self._running = wait(
            self._running, timeout=pause if is_free else None, return_when=FIRST_COMPLETED
        )
        return [future.result() for future in ended]

    def _try(self, attempt: Attempt) -> Tried:
        left = self._policy.max_time - (time.monotonic() - attempt.began)
        try:
            return Tried(attempt, id=self._send(attempt, left))
        except (ApiError, TickitiError) as error:
            return Tried(attempt, error=error)

    def _judged(self, tried: Tried) -> Result | None:
        """The line's result, or None where it is tried again."""
        attempt, error = tried.attempt, tried.error
        if error is None:
            return Result(attempt.line, "done", attempt.key, tried.id)
        if isinstance(error, (ApiError, Unreachable)) and may_help(error) and not self.is_stopping:
            pause = pause_before(attempt.tries + 1, error)
            left = self._policy.max_time - (time.monotonic() - attempt.began)
            if attempt.tries < self._policy.retries and pause < left:
                due = time.monotonic() + pause
                heappush(self._waiting, replace(attempt, due=due, tries=attempt.tries + 1))
                return None
        state = "unknown" if error.outcome == "unknown" else "failed"
        return Result(attempt.line, state, attempt.key, None, error.code, error.message)
