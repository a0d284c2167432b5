"""The sender of a bulk job: it sends the lines and logs the result of each.

Rule: a line is logged as begun before it is sent, and its result is logged afterwards.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from tickiti_cli.api.retry import Policy
from tickiti_cli.bulk.job import server_clock
from tickiti_cli.bulk.job.claim import Claim
from tickiti_cli.bulk.job.comparison import Verdict
from tickiti_cli.bulk.job.job import JobRecord, Repetition
from tickiti_cli.bulk.job.line_requests import LineRequest, LineRequests, Plan
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.bulk.rate import RateLimiter
from tickiti_cli.bulk.worker_pool import Attempt, WorkerPool
from tickiti_cli.contract.endpoint import Endpoint, Key
from tickiti_cli.contract.errors import ApiError, KeyConflict
from tickiti_cli.contract.v1.tickets import TWINS
from tickiti_cli.errors import (
    ConfigProblem,
    ForeignReply,
    OutcomeUnknown,
    PartlyDone,
    TickitiError,
)
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender

CHANGED_HINT = (
    "A line that changed after it was sent is not sent again: undo the change, or put new lines "
    "into another file. To send every line of this file again: --again"
)
OTHER_KEYS_HINT = (
    "A line that changed after it was sent is not sent again under the same key: undo the change, "
    "or choose columns for --key-from that tell the two apart."
)
OTHER_CHANGE_HINT = (
    "The key was used for another change: leave --idempotency-key out, or give a new key."
)
CORRECT_LINES = "Correct these lines, then run the same command again."
CORRECT_COMMAND = "Correct the command, and name only tickets that are not done."
"""Another list of tickets would be another job, which repeats the tickets that are done."""

POSITION_TAKEN = "it replaces a line that was already sent."
FILE_CHANGED = "it was changed while the file was read."


class LineSender:
    """One run of a plan. `claimed` has a verdict on each line of `survey`."""

    def __init__(
        self, runtime: Runtime, plan: Plan, requests: LineRequests, survey: Survey, claimed: Claim
    ) -> None:
        self._runtime = runtime
        self._plan = plan
        self._options = plan.options
        self._requests = requests
        self._survey = survey
        self._claim = claimed
        self._job = claimed.job
        self._endpoint = _job_endpoint(runtime, plan.endpoint, claimed.job.record.sends_to)
        self._thread = threading.local()
        self._senders: list[Sender] = []
        self._codes: set[str] = set()
        self._can_retry_help = False
        self._recorded: list[Result] = []
        """Results that `results` has not yielded yet."""

        self.counts = {"lines": 0, "done": 0, "skipped": 0, "failed": 0, "unknown": 0}
        self._pool = WorkerPool(
            self._send,
            jobs=self._options.jobs,
            policy=self._policy,
            rate_limiter=RateLimiter(self._options.rate),
            cancel=self._cancel,
        )

    def results(self) -> Iterator[Result]:
        """Send the lines. Yield the result of each that is sent or refused, once it is final.

        Raises the error that ends the job before its last line.
        """
        total, noun = len(self._survey.lines), self._plan.noun
        try:
            with self._runtime.output.counting(noun, lambda: total) as counting:
                for result in self._pool.results(self._attempts()):
                    self._record(result)
                    yield from self._take_recorded()
                    parts = {name: count for name, count in self.counts.items() if name != "lines"}
                    counting.show(sum(parts.values()), before=parts["skipped"], parts=parts)
            yield from self._take_recorded()
        except BaseException:
            if self._pool.fatal_result:
                self._job.log_result(self._pool.fatal_result)
            raise

    def _take_recorded(self) -> Iterator[Result]:
        taken, self._recorded = self._recorded, []
        yield from taken

    @property
    def fatal_result(self) -> Result | None:
        """The result of the line whose error has ended the job."""
        return self._pool.fatal_result

    def final_results(self) -> Iterator[Result]:
        """Yield the last result of each line, of this run or an earlier one; a line that was never
        tried has no result."""
        return (result for _, result in self._logged_results())

    def earlier_results(self) -> Iterator[Result]:
        """Yield the results of the lines that an earlier run of this job has done."""
        if Verdict.DONE in self._claim.verdicts:
            yield from (
                result for verdict, result in self._logged_results() if verdict == Verdict.DONE
            )

    def _logged_results(self) -> Iterator[tuple[int, Result]]:
        index, survey, verdicts = self._job.results(), self._survey, self._claim.verdicts
        try:
            for number, line, verdict in zip(survey.numbers, survey.lines, verdicts, strict=True):
                if verdict == Verdict.BEFORE:
                    message = "Another job has done it before."
                    yield verdict, Result(number, "done", message=message)
                elif result := index.find(line):
                    yield verdict, result.at(number)
        finally:
            index.close()

    @property
    def record(self) -> JobRecord:
        """The facts of the job."""
        return self._job.record

    def set_outcome(self, error: ApiError | TickitiError) -> None:
        """Give an error that ends the job the outcome of all lines together."""
        error.is_of_many = True
        error.outcome = self._outcome_with(error.outcome)

    def _outcome_with(self, last: str) -> str:
        """Combine the outcomes of all lines; `last` is that of the line whose error ended the job.

        Unknown if any line's is, and not applied only if no line was done.
        """
        if self.counts["unknown"] or last == "unknown":
            return "unknown"
        return "applied" if self.counts["done"] or self.counts["skipped"] else "not_applied"

    @property
    def done_by_others(self) -> int:
        """The number of lines that are skipped because another job has done them."""
        return self._claim.verdicts.count(Verdict.BEFORE)

    @property
    def has_no_effect(self) -> bool:
        """True if the server has done no line of the job and the outcome of none is unknown."""
        logged = self._job.logged
        return not (logged.done or logged.doubts or self.counts["done"] or self.counts["unknown"])

    def _attempts(self) -> Iterator[Attempt]:
        for position, request in enumerate(self._requests.each()):
            self.counts["lines"] += 1
            known = self._survey.asked
            if position >= len(known) or request.number != known[position]:
                self._refuse(request, 0, "usage", FILE_CHANGED)
            elif attempt := self._attempt(request, position):
                self._job.log_begun(attempt.ident)
                yield attempt
            if self._pool.is_stopping:
                return

    def _attempt(self, request: LineRequest, position: int) -> Attempt | None:
        """Return the first attempt of a line, or None for a line that is not sent."""
        line, verdict = self._survey.lines[position], self._claim.verdicts[position]
        if request.body is None:
            refused = self._result(request, line, "failed", "usage", request.error)
            self._record(replace(refused, is_of_line=True))
        elif verdict in (Verdict.DONE, Verdict.BEFORE):
            self.counts["skipped"] += 1
        elif verdict == Verdict.CONFLICT:
            self._refuse(request, line, KeyConflict.code, POSITION_TAKEN)
        elif verdict == Verdict.STALE:
            since = self._job.logged.doubts[line].since
            message = (
                f"it may have been sent at {since}, so long ago that it could be applied twice."
            )
            self._record(self._result(request, line, "unknown", OutcomeUnknown.code, message))
        else:
            key = request.key or self._job.key_of(line)
            was_doubtful = line in self._job.logged.doubts
            number = request.record.number
            return Attempt(0.0, number, key, request.body, line, was_doubtful=was_doubtful)
        return None

    def _refuse(self, request: LineRequest, line: int, code: str, message: str) -> None:
        self._record(self._result(request, line, "failed", code, message))

    def _result(
        self, request: LineRequest, line: int, state: str, code: str, message: str
    ) -> Result:
        return Result(request.record.number, state, "", None, code, message, line)

    def _record(self, result: Result) -> None:
        """Log a final result and count it."""
        if server_clock.was_found_wrong():
            self._job.log_run()  # the moment in the log is this machine's, and wrong
        self._job.log_result(result)
        self.counts[result.state] += 1
        if not result.is_done:
            self._codes.add(result.code)
            self._can_retry_help |= not result.is_of_line
            self._pool.is_stopping |= self._options.stops_at_error
        self._recorded.append(result)

    def _send(self, attempt: Attempt, left: float) -> object:
        """Send one attempt from a worker's thread, over a connection of that thread."""
        sender: Sender | None = getattr(self._thread, "sender", None)
        if sender is None:
            single = Policy(0, self._policy.max_time)
            sender = self._runtime.senders.sender_of(
                self._runtime.config, policy=single, journal=None
            )
            self._thread.sender = sender
            self._senders.append(sender)
        key = None if self._endpoint.key is Key.NONE else attempt.key
        request = sender.request(self._endpoint, attempt.body, key=key)
        # An earlier attempt, or one of another run, may have been carried out: the outcome of this
        # one is then no less unknown.
        reply = sender.send(request, within=left, was_doubtful=attempt.was_doubtful)
        server_clock.read_date_header(reply.head)
        try:
            return self._plan.id_of(reply)
        except ForeignReply as error:
            error.outcome = "unknown"
            raise

    def _cancel(self) -> None:
        for sender in self._senders:
            sender.cut()

    @cached_property
    def _policy(self) -> Policy:
        setting = self._runtime.config.setting
        return Policy(setting("retries").value, setting("max_time").value)

    def raise_if_lines_are_left(self, summary: str = "") -> None:
        """Raise PartlyDone, with the summary as its sentence, if a line is left."""
        left = self.counts["failed"] + self.counts["unknown"]
        if left or self._pool.is_stopping:
            said = summary or self._summary
            raise PartlyDone(said, hint=self._hint)

    @property
    def _summary(self) -> str:
        """How many lines failed, and every other count; the file may have grown meanwhile."""
        counts, total = self.counts, max(len(self._survey.lines), self.counts["lines"])
        others = {
            "done": counts["done"],
            "skipped": counts["skipped"],
            "of unknown outcome": counts["unknown"],
            "not sent": total - counts["lines"],
        }
        rest = ", ".join(f"{count:,} {name}" for name, count in others.items() if count)
        return f"{counts['failed']:,} of {total:,} lines failed" + (f"; {rest}." if rest else ".")

    @property
    def _hint(self) -> str:
        if self._runtime.globals.no_journal:
            return ""
        if KeyConflict.code in self._codes and self._plan.repetition is not Repetition.NO_LINE:
            return OTHER_CHANGE_HINT
        if KeyConflict.code in self._codes:
            return OTHER_KEYS_HINT if self._options.key_from else CHANGED_HINT
        is_file = self._plan.repetition is Repetition.NO_LINE
        if not self._can_retry_help and self._codes:
            return CORRECT_LINES if is_file else CORRECT_COMMAND
        noun = self._plan.noun
        return f"Run the same command again to send them; {noun} that are done are skipped."


def _job_endpoint(runtime: Runtime, chosen: Endpoint, name: str) -> Endpoint:
    """The endpoint that the job's first line was sent to, because only that one knows its keys.

    Raises ConfigProblem where this version has no such endpoint.
    """
    if name == chosen.name:
        return chosen
    twins = [row for pair in TWINS.items() if chosen in pair for row in pair if row.name == name]
    if not twins:
        raise ConfigProblem(f"This version does not know the endpoint '{name}'.")
    runtime.output.remark(f"This job started at {twins[0].path} and continues there.")
    return twins[0]
