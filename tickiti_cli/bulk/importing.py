"""From a file's lines to requests, and from their results to a report.

The rule of this file: it knows nothing of what the lines mean; a Plan says that.
"""

import csv
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickiti_cli import locations
from tickiti_cli.bulk.job import GO_ON, Job, Result, digest_of
from tickiti_cli.bulk.manner import Manner
from tickiti_cli.bulk.pace import Pace
from tickiti_cli.bulk.run import Attempt, Crowd
from tickiti_cli.bulk.source import Line, Source
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import Forbidden, KeyConflict
from tickiti_cli.derived_keys import derived_key
from tickiti_cli.errors import ConfigProblem, PartlyDone, UsageProblem
from tickiti_cli.output import columns
from tickiti_cli.replies import Reply
from tickiti_cli.retrying import Policy
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.client import Client

CHANGED = (
    "A line that was changed after it was sent is not sent again. For a file of new lines use "
    "another name, or --key-from COLUMNS."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a file."""

    source: Source
    endpoint: Endpoint
    field_of: Callable[[str], str | None]
    """The field that a column holds; None for a column that is ignored."""

    body_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    """The request of a line's fields. Raises UsageProblem."""

    id_of: Callable[[Reply], object]
    manner: Manner
    variant: Mapping[str, str] = field(default_factory=dict)
    """What makes it another job beside the file, the endpoint and the server."""


class Import:
    """One run of a plan."""

    def __init__(self, runtime: Runtime, plan: Plan) -> None:
        self._runtime = runtime
        self._plan = plan
        self._manner = plan.manner
        self._ignored = set(plan.manner.key_from)
        """Columns that are no field, and about which there is nothing more to say."""

        self._endpoint = plan.endpoint
        self._own = threading.local()
        self._clients: list[Client] = []
        self._has_conflict = False
        self.counts = {"lines": 0, "done": 0, "skipped": 0, "failed": 0, "unknown": 0}

    def run(self, job: Job, report: Callable[[Mapping[str, int]], None]) -> None:
        """Send what is not done yet, and `report` that every line is. Raises PartlyDone if not.

        The job is forgotten once that is said: who was not told runs it again, and sends nothing.
        """
        self._runtime.way_on = GO_ON
        self._endpoint = self._begun_with(job.endpoint)
        crowd = Crowd(
            self._send,
            jobs=self._manner.jobs,
            policy=self._policy,
            pace=Pace(self._manner.rate),
            cut=self._cut,
        )
        with self._runtime.output.counting("lines", self._plan.source.count) as counting:
            for result in crowd.results(self._attempts(job)):
                self._settle(job, result, crowd)
                parts = {name: count for name, count in self.counts.items() if name != "lines"}
                before = parts["skipped"]
                counting.show(sum(parts.values()), before=before, parts=parts)
        if self._manner.report:
            write_report(self._manner.report, job)
        self._raise_for_what_is_left(crowd)
        report(self.counts)
        self._runtime.streams.flush()
        job.finish()

    shape = columns("line", "state", "body", "message")

    def preview(self) -> Iterator[dict[str, Any]]:
        """Each line with its request, or with the reason why it has none; nothing is sent."""
        for line in self._plan.source.lines():
            shown = {"line": line.number, "state": "valid", "body": None, "message": None}
            try:
                yield shown | {"body": self._body(line)}
            except UsageProblem as problem:
                yield shown | {"state": "failed", "message": problem.message}

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two runs the same job: the file, what is done with it, and the server."""
        found = self._runtime.config.connection
        return {
            "source": self._plan.source.identity,
            "endpoint": self._plan.endpoint.action,
            "server": found.profile or found.base_url,
            **self._plan.variant,
        }

    def _begun_with(self, name: str) -> Endpoint:
        """A job's keys are known to the endpoint that it began with, whatever was chosen since."""
        if name == self._endpoint.name:
            return self._endpoint
        if name not in CATALOGUE:
            raise ConfigProblem(f"This version has no endpoint '{name}'.")
        path = CATALOGUE[name].path
        self._runtime.output.remark(f"This job was begun at {path} and goes on there.")
        return CATALOGUE[name]

    def key_of(self, line: Line, job: Job) -> str:
        """Raises UsageProblem where a column of --key-from is missing."""
        key_from = self._manner.key_from
        if not key_from:
            return job.key_of(line.number)
        missing = [name for name in key_from if name not in line.columns]
        if missing:
            raise UsageProblem(f"it has no '{missing[0]}', which --key-from needs.")
        return derived_key({name: _text(line.columns[name]) for name in key_from})

    def _attempts(self, job: Job) -> Iterator[Attempt]:
        for line in self._plan.source.lines():
            self.counts["lines"] += 1
            try:
                attempt = self._attempt(line, job)
            except UsageProblem as problem:
                self._refuse(job, line, problem)
                if self._manner.stops_at_error:
                    return
                continue
            if job.is_done(line.number, attempt.digest):
                self.counts["skipped"] += 1
                continue
            yield attempt

    def _attempt(self, line: Line, job: Job) -> Attempt:
        key, body = self.key_of(line, job), self._body(line)
        return Attempt(0.0, line.number, key, body, digest_of(key, body))

    def _refuse(self, job: Job, line: Line, problem: UsageProblem) -> None:
        result = Result(line.number, "failed", "", None, problem.code, problem.message)
        self._count(job, result)

    def _settle(self, job: Job, result: Result, crowd: Crowd) -> None:
        self._count(job, result)
        if not result.is_done and self._manner.stops_at_error:
            crowd.is_stopping = True

    def _count(self, job: Job, result: Result) -> None:
        job.note(result)
        self.counts[result.state] += 1
        self._has_conflict |= result.code == KeyConflict.code
        if not result.is_done:
            self._runtime.output.progress(f"line {result.line}: {result.message}")

    def _body(self, line: Line) -> dict[str, Any]:
        if line.error:
            raise UsageProblem(line.error)
        fields: dict[str, Any] = {}
        for column, value in line.columns.items():
            name = self._plan.field_of(column)
            if name is not None:
                fields[name] = value
            elif column not in self._ignored:
                self._ignored.add(column)
                self._runtime.output.remark(f"The column '{column}' is no field; it is ignored.")
        return self._plan.body_of(fields)

    def _send(self, attempt: Attempt, left: float) -> object:
        """In a thread of its own, with a connection of its own."""
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            alone = Policy(0, self._policy.max_time)
            client = self._runtime.client_of(self._runtime.config, policy=alone, journal=None)
            self._own.client = client
            self._clients.append(client)
        request = client.request(self._endpoint, attempt.body, key=attempt.key)
        return self._plan.id_of(client.send(request, within=left))

    def _cut(self) -> None:
        for client in self._clients:
            client.cut()

    @cached_property
    def _policy(self) -> Policy:
        setting = self._runtime.config.setting
        return Policy(setting("retries").value, setting("max_time").value)

    def _raise_for_what_is_left(self, crowd: Crowd) -> None:
        left = self.counts["failed"] + self.counts["unknown"]
        if left or crowd.is_stopping:
            raise PartlyDone(
                f"{left} of {self.counts['lines']} lines failed.",
                hint=CHANGED
                if self._has_conflict
                else "Run the same command again for them: what is done is not sent again.",
            )


def preview(runtime: Runtime, plan: Plan) -> None:
    """Show each line's request; send nothing."""
    importing = Import(runtime, plan)
    runtime.output.rows(importing.preview(), importing.shape)


def send(runtime: Runtime, plan: Plan, verb: str) -> None:
    """Every line; then say how many there were. `verb` is what was done to them.

    Raises PartlyDone.
    """
    importing = Import(runtime, plan)

    def report(counts: Mapping[str, int]) -> None:
        plain = counts["done"] + counts["skipped"]
        runtime.output.done(counts, said=told(counts, verb), plain=plain)

    folder, endpoint = locations.journal_dir(runtime.environ), plan.endpoint.name
    with Job(folder, importing.identity, endpoint=endpoint) as job:
        try:
            importing.run(job, report)
        except Forbidden as error:
            runtime.tell_of_v1(plan.endpoint, error)
            raise


def told(counts: Mapping[str, int], verb: str) -> str:
    said = f"{counts['done']} of {counts['lines']} lines {verb}"
    return said + (f", {counts['skipped']} were done before." if counts["skipped"] else ".")


def write_report(path: Path, job: Job) -> None:
    """Every line's last result, as CSV or, for any other name, an object a line."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write = _csv_writer(file) if path.suffix.lower() == ".csv" else _json_writer(file)
            for result in job.last_results():
                write(result.row())
    except OSError as error:
        raise UsageProblem(f"--report {path}: {error.strerror}.") from error


def _csv_writer(file: Any) -> Callable[[dict[str, Any]], object]:
    writer = csv.DictWriter(file, [*Result(0, "").row()])
    writer.writeheader()
    return writer.writerow


def _json_writer(file: Any) -> Callable[[dict[str, Any]], object]:
    return lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
