"""The lines of a job that are to be sent, and what became of each.

The rule of this file: a line is noted as begun before it is sent, and with its result afterwards.
"""

import threading
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from tickiti_cli.bulk import clock, reporting
from tickiti_cli.bulk.asking import Asked, Asking, Plan
from tickiti_cli.bulk.claiming import Claim
from tickiti_cli.bulk.matching import Verdict
from tickiti_cli.bulk.pace import Pace
from tickiti_cli.bulk.result import Result
from tickiti_cli.bulk.run import Attempt, Crowd
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError, KeyConflict
from tickiti_cli.errors import (
    ConfigProblem,
    ForeignReply,
    OutcomeUnknown,
    PartlyDone,
    TickitiError,
)
from tickiti_cli.retrying import Policy
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.client import Client

CHANGED = (
    "A line that was changed after it was sent is not sent again: undo the change, or put what is "
    "new into a file of its own. To send every line of this file once more: --again"
)
OTHER_KEYS = (
    "A line that was changed after it was sent is not sent again under the same key: undo the "
    "change, or choose columns for --key-from that tell the two apart."
)
TAKEN = "it stands where a line was that has been sent."
MOVED = "it was changed while the file was read."


class Sending:
    """One run of a plan. `claimed` says what to do with each line of `survey`."""

    def __init__(
        self, runtime: Runtime, plan: Plan, asking: Asking, survey: Survey, claimed: Claim
    ) -> None:
        self._runtime = runtime
        self._plan = plan
        self._manner = plan.manner
        self._asking = asking
        self._survey = survey
        self._claim = claimed
        self._job = claimed.job
        self._endpoint = _begun_with(runtime, plan.endpoint, claimed.job.record.sends_to)
        self._own = threading.local()
        self._clients: list[Client] = []
        self._codes: set[str] = set()
        self.counts = {"lines": 0, "done": 0, "skipped": 0, "failed": 0, "unknown": 0}
        self._crowd = Crowd(
            self._send,
            jobs=self._manner.jobs,
            policy=self._policy,
            pace=Pace(self._manner.rate),
            cut=self._cut,
        )

    def run(self) -> None:
        """Send what is to be sent. Raises PartlyDone if anything is left; whatever it raises says
        what became of the lines together."""
        try:
            self._send_lines()
            if self._manner.report:
                reporting.write(self._manner.report, self._job, self._survey, self._claim.verdicts)
            self._raise_for_what_is_left()
        except (ApiError, TickitiError) as error:
            error.is_of_many = True
            error.outcome = self._outcome_with(error.outcome)
            raise

    def _send_lines(self) -> None:
        total = len(self._survey.lines)
        try:
            with self._runtime.output.counting("lines", lambda: total) as counting:
                for result in self._crowd.results(self._attempts()):
                    self._settle(result)
                    parts = {name: count for name, count in self.counts.items() if name != "lines"}
                    counting.show(sum(parts.values()), before=parts["skipped"], parts=parts)
        except BaseException:
            if self._crowd.refused:
                self._job.note(self._crowd.refused)
            raise

    def _outcome_with(self, last: str) -> str:
        """`last`: of the line whose failure ended it. In doubt if any line is; not applied only if
        none was."""
        if self.counts["unknown"] or last == "unknown":
            return "unknown"
        return "applied" if self.counts["done"] or self.counts["skipped"] else "not_applied"

    @property
    def is_in_vain(self) -> bool:
        """Whether no line of the job was sent, or every one was refused: nothing to remember."""
        past = self._job.past
        return not (past.done or past.doubts or self.counts["done"] or self.counts["unknown"])

    def _attempts(self) -> Iterator[Attempt]:
        for position, asked in enumerate(self._asking.each()):
            self.counts["lines"] += 1
            known = self._survey.asked
            if position >= len(known) or asked.number != known[position]:
                self._refuse(asked, 0, "usage", MOVED)
            elif attempt := self._attempt(asked, position):
                self._job.begin(attempt.ident)
                yield attempt
            if self._crowd.is_stopping:
                return

    def _attempt(self, asked: Asked, position: int) -> Attempt | None:
        """None for a line that is not sent: its result is noted then."""
        line, verdict = self._survey.lines[position], self._claim.verdicts[position]
        if asked.body is None:
            self._refuse(asked, line, "usage", asked.error)
        elif verdict in (Verdict.DONE, Verdict.BEFORE):
            self.counts["skipped"] += 1
        elif verdict == Verdict.CONFLICT:
            self._refuse(asked, line, KeyConflict.code, TAKEN)
        elif verdict == Verdict.STALE:
            since = self._job.past.doubts[line].since
            told = f"it may have been sent at {since}, so long ago that it could be done twice."
            self._settle(self._result(asked, line, "unknown", OutcomeUnknown.code, told))
        else:
            key = asked.key or self._job.key_of(line)
            was_doubtful = line in self._job.past.doubts
            number = asked.line.number
            return Attempt(0.0, number, key, asked.body, line, was_doubtful=was_doubtful)
        return None

    def _refuse(self, asked: Asked, line: int, code: str, message: str) -> None:
        self._settle(self._result(asked, line, "failed", code, message))

    def _result(self, asked: Asked, line: int, state: str, code: str, message: str) -> Result:
        return Result(asked.line.number, state, "", None, code, message, line)

    def _settle(self, result: Result) -> None:
        if clock.was_wrong():
            self._job.note_run()
        self._job.note(result)
        self.counts[result.state] += 1
        if not result.is_done:
            self._codes.add(result.code)
            self._runtime.output.progress(f"line {result.line}: {result.message}")
            self._crowd.is_stopping |= self._manner.stops_at_error

    def _send(self, attempt: Attempt, left: float) -> object:
        """In a thread of its own, with a connection of its own."""
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            alone = Policy(0, self._policy.max_time)
            client = self._runtime.client_of(self._runtime.config, policy=alone, journal=None)
            self._own.client = client
            self._clients.append(client)
        request = client.request(self._endpoint, attempt.body, key=attempt.key)
        # What an earlier attempt may have done, another run's too, is no less in doubt now.
        reply = client.send(request, within=left, was_doubtful=attempt.was_doubtful)
        clock.hear(reply.head)
        try:
            return self._plan.id_of(reply)
        except ForeignReply as error:
            error.outcome = "unknown"
            raise

    def _cut(self) -> None:
        for client in self._clients:
            client.cut()

    @cached_property
    def _policy(self) -> Policy:
        setting = self._runtime.config.setting
        return Policy(setting("retries").value, setting("max_time").value)

    def _raise_for_what_is_left(self) -> None:
        left = self.counts["failed"] + self.counts["unknown"]
        if left or self._crowd.is_stopping:
            raise PartlyDone(f"{left} of {self.counts['lines']} lines failed.", hint=self._hint)

    @property
    def _hint(self) -> str:
        if KeyConflict.code in self._codes:
            return OTHER_KEYS if self._manner.key_from else CHANGED
        return "Run the same command again for them: what is done is not sent again."


def _begun_with(runtime: Runtime, chosen: Endpoint, name: str) -> Endpoint:
    """A job's keys are known to the endpoint that it began with, whatever was chosen since."""
    if name == chosen.name:
        return chosen
    if name not in CATALOGUE:
        raise ConfigProblem(f"This version has no endpoint '{name}'.")
    path = CATALOGUE[name].path
    runtime.output.remark(f"This job was begun at {path} and goes on there.")
    return CATALOGUE[name]
