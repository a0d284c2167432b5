"""Several tickets as a bulk job: sent, reported, and continued after a crash.

Rule: a job goes on where the same list of tickets gets the same change. Once it has ended, numbers
on the command line may be given again at once, because tickets change; a list from stdin is refused
for a day unless --again is given, because a script that tries again sends the same list.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli.api.reply import Reply
from tickiti_cli.api.request import Request, as_curl, as_record
from tickiti_cli.bulk import report
from tickiti_cli.bulk.failed_lines import FailedLines
from tickiti_cli.bulk.import_job import claimed_job, raise_if_reset
from tickiti_cli.bulk.job.job import Repetition
from tickiti_cli.bulk.job.line_requests import LineRequests, Plan
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.bulk.line_sender import LineSender
from tickiti_cli.bulk.options import BulkOptions
from tickiti_cli.bulk.records.record import Record, Remark
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Selection
from tickiti_cli.config.settings import Format
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError
from tickiti_cli.output.format import columns
from tickiti_cli.runtime import Runtime

LISTED = columns("number", "state", "response_id", "message", wrapping=("message",))
MEMBERS = (
    "number", "state", "response_id", "code", "message", "idempotency_key", "replayed",
)  # fmt: skip
KEY_COLUMNS = ("operation", "ticket")
"""The key of each ticket derives from that of the command, if one is given, and the number."""

COUNTED = {"skipped": "done before", "failed": "failed", "unknown": "of unknown outcome"}
"""The results that the summary names in addition to those that are done."""


def run(runtime: Runtime, selection: Selection, change: Change, flags: BatchFlags) -> None:
    """Send the change to each ticket and show a row for each. Raises PartlyDone, AlreadyDone."""
    if flags.report:
        report.refuse_bad_report(flags.report, "-" if selection.is_piped else None)
    runtime.output.refuse_unknown_fields(MEMBERS)
    batch = _Batch(runtime, selection, change, flags)
    if runtime.globals.dry_run or runtime.globals.print_curl:
        _preview(runtime, batch.requests())
    elif not selection.words:
        runtime.output.rows([], LISTED, empty="No tickets.")
    else:
        batch.run()


def _preview(runtime: Runtime, requests: Iterator[Request]) -> None:
    if runtime.globals.print_curl:
        for request in requests:
            runtime.output.text(as_curl(request))
        return
    records = [as_record(request) for request in requests]
    runtime.output.raw(records, json.dumps(records, ensure_ascii=False))


class TicketNumbers:
    """The tickets as the records of a bulk job. A record's number is its place, from 1."""

    path = None
    former_names: list[str] = []  # noqa: RUF012 - read only

    def __init__(self, selection: Selection, key: str | None) -> None:
        self._words = selection.words
        self._key = {"operation": key} if key else {}

    def records(self, remark: Remark) -> Iterator[Record]:  # noqa: ARG002 - as of a file
        for place, word in enumerate(self._words, 1):
            if word.number is None:
                yield Record(place, error=word.problem, text=word.problem)
            else:
                yield Record(place, {**self._key, "ticket": word.number})


class _Batch:
    """One run."""

    def __init__(
        self, runtime: Runtime, selection: Selection, change: Change, flags: BatchFlags
    ) -> None:
        self._runtime = runtime
        self._words = selection.words
        self._change = change
        self._report = flags.report
        self._replayed = set[str]()
        """The keys of the replies that were replays."""

        self._rows_by_place: dict[int, Mapping[str, Any]] = {}
        self._error: ApiError | TickitiError | None = None
        """The error that ended the job before its last ticket."""

        attached, key = change.attached, runtime.globals.idempotency_key
        members = {**change.members, **(attached.references if attached else {})}
        is_list = selection.is_piped and key is None
        self._plan = Plan(
            source=TicketNumbers(selection, key),
            endpoint=change.endpoint,
            field_of=lambda column: column if column == "ticket" else None,
            body_of=lambda fields: {"ticket_number": fields["ticket"], **members},
            id_of=self._response_id,
            options=BulkOptions(
                key_from=KEY_COLUMNS if key else (),
                jobs=flags.jobs,
                is_again=flags.again,
                other_token=flags.other_token,
            ),
            repetition=Repetition.NO_LIST if is_list else Repetition.ANY,
            noun="tickets",
        )

    def requests(self) -> Iterator[Request]:
        """Return the requests for a preview, and remark on each word that makes none."""
        remark = self._runtime.output.remark
        sender = self._runtime.client.sender
        for request in LineRequests(self._plan, remark).each():
            if request.body is None:
                remark(request.error)
            else:
                yield sender.request(self._change.endpoint, request.body, key=request.key or None)

    def run(self) -> None:
        output = self._runtime.output
        if self._change.attached:
            self._change.attached.upload(self._runtime)
        with claimed_job(self._runtime, self._plan) as sender:
            failed = FailedLines(self._runtime)
            if self._runtime.globals.quiet and not output.is_json:
                for row in self._rows(sender):
                    if row["state"] != "done":
                        name = f"ticket {row['number']}" if row["number"] else "stdin"
                        failed.add(name, row["message"])
            else:
                output.rows(self._rows(sender), LISTED)
            if self._report:
                rows = (row for _, row in sorted(self._rows_by_place.items()))
                report.write(self._report, rows, MEMBERS)
            if self._error:
                raise self._error
            summary = self._summary(sender.counts)
            with failed.named():
                sender.raise_if_lines_are_left(summary)
            raise_if_reset(self._runtime, sender.record)
            if output.format is Format.TABLE:
                output.remark(summary)

    def _rows(self, sender: LineSender) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each ticket: first those that an earlier run of this job has done."""
        try:
            for result in sender.earlier_results():
                yield self._row(result, is_replayed=True)
            self._show_skipped(sender)
            for result in sender.results():
                yield self._row(result, is_replayed=result.key in self._replayed)
        except (ApiError, TickitiError) as error:
            self._error = error  # raised after the rows are shown
            if sender.fatal_result:
                yield self._row(sender.fatal_result, is_replayed=False)

    def _row(self, result: Result, *, is_replayed: bool) -> Mapping[str, Any]:
        row = {
            "number": self._words[result.line - 1].number,
            "state": result.state,
            "response_id": result.id,
            "code": result.code or None,
            "message": result.message or None,
            "idempotency_key": result.key or None,
            "replayed": is_replayed,
        }
        self._rows_by_place[result.line] = row
        return row

    def _show_skipped(self, sender: LineSender) -> None:
        if count := len(self._rows_by_place):
            tickets = "1 ticket" if count == 1 else f"{count} tickets"
            self._runtime.output.progress(
                f"Skipped {tickets} that an interrupted run changed, started at "
                f"{sender.record.started_at}. To change all again: --again"
            )

    def _summary(self, counts: Mapping[str, int]) -> str:
        """Return how many tickets had which result."""
        total = len(self._words)
        sent = sum(count for name, count in counts.items() if name != "lines")
        found = [f"{counts['done']} of {total} tickets done"]
        found += [f"{counts[name]} {said}" for name, said in COUNTED.items() if counts[name]]
        found += [f"{total - sent} not sent"] if sent < total else []
        return f"{', '.join(found)}."

    def _response_id(self, reply: Reply) -> object:
        """Return the id of the new response, if the reply has one."""
        if reply.is_replay and reply.key:
            self._replayed.add(reply.key)
        return reply.accepted.get("response_id")
