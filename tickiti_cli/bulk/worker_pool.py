"""How the lines of a job are sent: several at once, each with its own retries.

The rule of this file: a line that waits to be tried again does not occupy a place, and no more than
MOST_WAITING lines wait, so that memory stays flat however long the file is.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from tickiti_cli.bulk.pace import Pace
from tickiti_cli.bulk.result import Result
from tickiti_cli.contract.errors import ApiError, Forbidden, Unauthenticated
from tickiti_cli.errors import ConfigProblem, ForeignReply, NoToken, TickitiError, Unreachable
from tickiti_cli.retrying import Policy, may_help, pause_before

MOST_WAITING = 1000

END_OF_ALL = (Unauthenticated, Forbidden, NoToken, ConfigProblem)
"""What is no line's own failure: every other line would fail in the same way."""


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """A line's next try, ordered by when it is due (seconds of the monotonic clock)."""

    due: float
    line: int
    key: str = field(compare=False)
    body: dict[str, object] = field(compare=False)
    ident: int = field(compare=False, default=0)
    """What the line is known by."""

    began: float = field(compare=False, default=0.0)
    tries: int = field(compare=False, default=0)
    was_doubtful: bool = field(compare=False, default=False)
    """Whether an earlier attempt may have been carried out."""


@dataclass(frozen=True, slots=True)
class Tried:
    attempt: Attempt
    id: object = None
    error: ApiError | TickitiError | None = None


Send = Callable[[Attempt, float], object]
"""Sends one attempt within that many seconds; the id of what was made."""


class Crowd:
    """`jobs` places for attempts. `results` gives what becomes of each line, as it comes.

    `cut` ends the attempts that are under way, when nobody waits for them any longer.
    """

    def __init__(
        self, send: Send, *, jobs: int, policy: Policy, pace: Pace, cut: Callable[[], None]
    ) -> None:
        self._send = send
        self._jobs = jobs
        self._policy = policy
        self._pace = pace
        self._cut = cut
        self._waiting: list[Attempt] = []
        self._running: set[Future[Tried]] = set()
        self._has_begun_all = False
        self.is_stopping = False
        """Set it to begin no further line; those that were begun come to their end."""

        self.refused: Result | None = None
        """Of the line whose refusal is the end of every line, where nothing was done."""

    def results(self, attempts: Iterator[Attempt]) -> Iterator[Result]:
        """Raises what would be the end of every line."""
        with ThreadPoolExecutor(self._jobs) as places:
            try:
                while self._fill(places, attempts):
                    for tried in self._some():
                        if result := self._judged(tried):
                            yield result
            except BaseException:
                self._cut()
                raise
            finally:
                places.shutdown(wait=True, cancel_futures=True)

    def _fill(self, places: ThreadPoolExecutor, attempts: Iterator[Attempt]) -> bool:
        """Give every free place something to do; whether anything is left to wait for."""
        while len(self._running) < self._jobs and self._pace.pause == 0:
            attempt = self._next(attempts)
            if attempt is None:
                break
            self._pace.take()
            self._running.add(places.submit(self._try, attempt))
        return bool(self._running or self._waiting or self._can_begin)

    @property
    def _can_begin(self) -> bool:
        """Whether a line may be begun that was not tried before."""
        return not (self._has_begun_all or self.is_stopping or len(self._waiting) >= MOST_WAITING)

    def _next(self, attempts: Iterator[Attempt]) -> Attempt | None:
        now = time.monotonic()
        if self._waiting and (self._waiting[0].due <= now or self.is_stopping):
            return heappop(self._waiting)
        if not self._can_begin:
            return None
        attempt = next(attempts, None)
        self._has_begun_all = attempt is None
        return replace(attempt, due=now, began=now) if attempt else None

    def _some(self) -> list[Tried]:
        """What has ended; an empty list when another attempt can begin first."""
        pause = self._pause()
        if not self._running:
            time.sleep(pause or 0)
            return []
        ended, self._running = wait(self._running, timeout=pause, return_when=FIRST_COMPLETED)
        return [future.result() for future in ended]

    def _pause(self) -> float | None:
        """Seconds until another attempt can begin; None where one that runs must end before."""
        if len(self._running) >= self._jobs:
            return None
        if self._can_begin:
            return self._pace.pause
        if not self._waiting:
            return None
        return max(self._pace.pause, self._waiting[0].due - time.monotonic())

    def _try(self, attempt: Attempt) -> Tried:
        left = self._policy.max_time - (time.monotonic() - attempt.began)
        try:
            return Tried(attempt, id=self._send(attempt, left))
        except (ApiError, TickitiError) as error:
            return Tried(attempt, error=error)

    def _judged(self, tried: Tried) -> Result | None:
        """The line's result, or None where it is tried again."""
        attempt, error = tried.attempt, tried.error
        made = Result(attempt.line, "done", attempt.key, tried.id, ident=attempt.ident)
        if error is None:
            return made
        state = "unknown" if error.outcome == "unknown" else "failed"
        failed = replace(made, state=state, code=error.code, message=error.message)
        may_be_anybodys = error.is_foreign and error.was_doubtful
        if isinstance(error, END_OF_ALL) and not may_be_anybodys:
            self.refused = failed
            raise error
        can_help = isinstance(error, (ApiError, ForeignReply, Unreachable)) and may_help(error)
        if can_help and not self.is_stopping:
            pause = pause_before(attempt.tries + 1, error)
            left = self._policy.max_time - (time.monotonic() - attempt.began)
            if attempt.tries < self._policy.retries and pause < left:
                due = time.monotonic() + pause
                tries, was_doubtful = attempt.tries + 1, error.outcome == "unknown"
                again = replace(attempt, due=due, tries=tries, was_doubtful=was_doubtful)
                heappush(self._waiting, again)
                return None
        return failed
