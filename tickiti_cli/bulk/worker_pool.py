"""The worker pool of a bulk job: it sends several lines at once, each with retries of its own.

Rule: a line that waits for a retry occupies no worker, and at most MOST_WAITING lines wait, so that
memory does not grow with the length of the file.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from queue import Empty, SimpleQueue
from threading import Thread

from tickiti_cli.api.retry import Policy, may_help, pause_before
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.bulk.rate import RateLimiter
from tickiti_cli.contract.errors import (
    ApiError,
    AttachmentBlocked,
    Forbidden,
    QueueRightRequired,
    Unauthenticated,
)
from tickiti_cli.errors import (
    ConfigProblem,
    ForeignReply,
    NotOffered,
    NoToken,
    TickitiError,
    Unreachable,
    UsageProblem,
)

MOST_WAITING = 1000

FATAL_ERRORS = (Unauthenticated, Forbidden, NoToken, NotOffered, ConfigProblem, UsageProblem)
"""Errors that end the job, because every other line would fail in the same way."""

STATUSES_OF_LINES = (400, 404, 413, 422)
"""Errors that come again until the line is corrected."""

OWN_REFUSALS = (QueueRightRequired, AttachmentBlocked)
"""The errors among these that concern the line alone: its queue, its file."""


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """The next attempt of a line, ordered by when it is due (seconds of the monotonic clock)."""

    due: float
    line: int
    key: str = field(compare=False)
    body: dict[str, object] = field(compare=False)
    ident: int = field(compare=False, default=0)
    """The line's identity: see bulk/job/identity."""

    began: float = field(compare=False, default=0.0)
    tries: int = field(compare=False, default=0)
    was_doubtful: bool = field(compare=False, default=False)
    """True if the server may have carried out an earlier attempt."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    attempt: Attempt
    id: object = None
    error: ApiError | TickitiError | None = None
    fault: BaseException | None = None
    """An exception that no attempt should raise: a defect of this program."""


Send = Callable[[Attempt, float], object]
"""Sends one attempt within the given seconds and returns the id of what the server made."""


class WorkerPool:
    """Runs up to `jobs` attempts at once; `results` yields each line's result when it is final.

    `cancel` ends the attempts under way; it is called when an error ends the job.
    """

    def __init__(
        self,
        send: Send,
        *,
        jobs: int,
        policy: Policy,
        rate_limiter: RateLimiter,
        cancel: Callable[[], None],
    ) -> None:
        self._send = send
        self._jobs = jobs
        self._policy = policy
        self._rate_limiter = rate_limiter
        self._cancel = cancel
        self._waiting: list[Attempt] = []
        self._workers: list[Thread] = []
        self._running = 0
        """The number of attempts that were given to the workers and have not ended."""

        self._begun: SimpleQueue[Attempt | None] = SimpleQueue()
        """Attempts for the workers; None ends one of them."""

        self._ended: SimpleQueue[AttemptResult] = SimpleQueue()
        self._has_begun_all = False
        self.is_stopping = False
        """If set, no further line begins; lines that have begun end without a retry."""

        self.fatal_result: Result | None = None
        """The result of the line whose error has ended the job."""

    def results(self, attempts: Iterator[Attempt]) -> Iterator[Result]:
        """Yield the result of each line. Raises the first of FATAL_ERRORS."""
        try:
            while self._submit_attempts(attempts):
                for ended in self._wait_for_attempts():
                    if result := self._final_result(ended):
                        yield result
        except BaseException:
            self._cancel()
            raise
        finally:
            self._end_workers()

    def _submit_attempts(self, attempts: Iterator[Attempt]) -> bool:
        """Give every free worker an attempt. Return whether any attempt is left to wait for."""
        while self._running < self._jobs and self._rate_limiter.pause == 0:
            attempt = self._next_attempt(attempts)
            if attempt is None:
                break
            self._rate_limiter.count_attempt()
            if self._running == len(self._workers):
                self._workers.append(Thread(target=self._work, name="worker"))
                self._workers[-1].start()
            self._running += 1
            self._begun.put(attempt)
        return bool(self._running or self._waiting or self._can_begin)

    def _work(self) -> None:
        """Run attempts in a thread of its own, until there is no more."""
        while (attempt := self._begun.get()) is not None:
            self._ended.put(self._run_attempt(attempt))

    def _end_workers(self) -> None:
        """Wait for the attempts that are under way. One that no worker has taken is left out."""
        try:
            while True:
                self._begun.get_nowait()
        except Empty:
            pass
        for _ in self._workers:
            self._begun.put(None)
        for worker in self._workers:
            worker.join()

    @property
    def _can_begin(self) -> bool:
        """True if a line may begin that was not tried before."""
        return not (self._has_begun_all or self.is_stopping or len(self._waiting) >= MOST_WAITING)

    def _next_attempt(self, attempts: Iterator[Attempt]) -> Attempt | None:
        now = time.monotonic()
        if self._waiting and (self._waiting[0].due <= now or self.is_stopping):
            return heappop(self._waiting)
        if not self._can_begin:
            return None
        attempt = next(attempts, None)
        self._has_begun_all = attempt is None
        return replace(attempt, due=now, began=now) if attempt else None

    def _wait_for_attempts(self) -> list[AttemptResult]:
        """Wait for attempts to end. Return an empty list where another attempt can begin first."""
        pause = self._pause()
        if not self._running:
            time.sleep(pause or 0)
            return []
        found: list[AttemptResult] = []
        try:
            found.append(self._ended.get(timeout=pause))
            while True:
                found.append(self._ended.get_nowait())
        except Empty:
            pass
        self._running -= len(found)
        return found

    def _pause(self) -> float | None:
        """Return the seconds until an attempt can begin; None if a running one must end first."""
        if self._running >= self._jobs:
            return None
        if self._can_begin:
            return self._rate_limiter.pause
        if not self._waiting:
            return None
        return max(self._rate_limiter.pause, self._waiting[0].due - time.monotonic())

    def _run_attempt(self, attempt: Attempt) -> AttemptResult:
        left = self._policy.max_time - (time.monotonic() - attempt.began)
        try:
            return AttemptResult(attempt, id=self._send(attempt, left))
        except (ApiError, TickitiError) as error:
            return AttemptResult(attempt, error=error)
        except BaseException as fault:  # noqa: BLE001 - raised again in the main thread
            return AttemptResult(attempt, fault=fault)

    def _final_result(self, ended: AttemptResult) -> Result | None:
        """Return the line's result, or None where a retry is scheduled.

        Raises the error that ends the job.
        """
        attempt, error = ended.attempt, ended.error
        if ended.fault is not None:
            raise ended.fault
        done = Result(attempt.line, "done", attempt.key, ended.id, ident=attempt.ident)
        if error is None:
            return done
        state = "unknown" if error.outcome == "unknown" else "failed"
        is_of_line = state == "failed" and _is_of_line(error)
        failed = replace(
            done, state=state, code=error.code, message=error.message, is_of_line=is_of_line
        )
        # A foreign 401 or 403 to a line that may have been sent says nothing of the token.
        is_lines_own = error.is_foreign and error.was_doubtful
        is_lines_own |= isinstance(error, OWN_REFUSALS)
        if isinstance(error, FATAL_ERRORS) and not is_lines_own:
            self.fatal_result = failed
            raise error
        return None if self._schedule_retry(attempt, error) else failed

    def _schedule_retry(self, attempt: Attempt, error: ApiError | TickitiError) -> bool:
        """Queue another attempt, if one may help and there is time for it."""
        can_help = isinstance(error, (ApiError, ForeignReply, Unreachable)) and may_help(error)
        if not can_help or self.is_stopping:
            return False
        pause = pause_before(attempt.tries + 1, error)
        left = self._policy.max_time - (time.monotonic() - attempt.began)
        if attempt.tries >= self._policy.retries or pause >= left:
            return False
        due = time.monotonic() + pause
        tries, was_doubtful = attempt.tries + 1, error.outcome == "unknown"
        retry = replace(attempt, due=due, tries=tries, was_doubtful=was_doubtful)
        heappush(self._waiting, retry)
        return True


def _is_of_line(error: ApiError | TickitiError) -> bool:
    return isinstance(error, ApiError) and error.status in STATUSES_OF_LINES
