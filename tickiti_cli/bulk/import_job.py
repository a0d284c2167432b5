"""A bulk import, from its file to the summary at the end.

Rule: this module does not know what a line means, because the Plan does. The file is read twice:
first to identify every line, then to send lines.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tickiti_cli import paths
from tickiti_cli.api.journal import token_family
from tickiti_cli.api.journal.epoch import epoch_of
from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.bulk import report
from tickiti_cli.bulk.failed_lines import FailedLines
from tickiti_cli.bulk.job import claim, server_clock
from tickiti_cli.bulk.job.claim import Claim, ClaimRequest
from tickiti_cli.bulk.job.comparison import Verdict
from tickiti_cli.bulk.job.former_jobs import FormerJob, names
from tickiti_cli.bulk.job.job import Job, JobRecord
from tickiti_cli.bulk.job.line_requests import LineRequests, Plan
from tickiti_cli.bulk.job.log import GO_ON
from tickiti_cli.bulk.job.result import REPORTED
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.bulk.line_sender import LineSender
from tickiti_cli.bulk.records.mapping import mapping_lines
from tickiti_cli.bulk.records.source import Source
from tickiti_cli.contract.errors import ApiError, Forbidden
from tickiti_cli.control_characters import on_one_line, strip_controls
from tickiti_cli.errors import ConfigProblem, PartlyDone, TickitiError
from tickiti_cli.output.format import columns
from tickiti_cli.runtime import Runtime

COLUMNS = columns("line", "state", "body", "message")


def preview(runtime: Runtime, plan: Plan) -> None:
    """Show each line's request, or the reason why there is none. Sends nothing: a dry run."""
    requests = LineRequests(plan, runtime.output.remark)
    rows = (
        {
            "line": request.record.number,
            "state": "valid" if request.body is not None else "failed",
            "body": request.body,
            "message": request.error or None,
        }
        for request in requests.each()
    )
    runtime.output.rows(rows, COLUMNS)
    if not requests.has_records:
        _remark_on_no_rows(runtime, plan)


def send(runtime: Runtime, plan: Plan, verb: str) -> None:
    """Send the lines of the plan and show a summary, in which `verb` says what was done to them.

    The job is finished only after the summary is written, so that a run that was cut short before
    can be repeated. Raises PartlyDone, AlreadyDone.
    """
    if plan.options.report:
        name = plan.source.name if isinstance(plan.source, Source) else None
        report.refuse_bad_report(plan.options.report, name)
    failed = FailedLines(runtime)
    with claimed_job(runtime, plan) as sender:
        for result in sender.results():
            if not result.is_done:
                runtime.output.progress(f"line {result.line}: {on_one_line(result.message)}")
                failed.add(f"line {result.line}", result.message)
        if plan.options.report:
            rows = (result.row() for result in sender.final_results())
            report.write(plan.options.report, rows, REPORTED)
        with failed.named():
            sender.raise_if_lines_are_left()
        raise_if_reset(runtime, sender.record)
        counts = sender.counts
        if not counts["lines"]:
            _remark_on_no_rows(runtime, plan)
        plain = counts["done"] + counts["skipped"] - sender.done_by_others
        runtime.output.done(counts, said=_summary(counts, verb), plain=plain)


@contextmanager
def claimed_job(runtime: Runtime, plan: Plan) -> Iterator[LineSender]:
    """Give the sender of the job that the plan's lines belong to, and finish the job at the end.

    The job stays open after an error, so that the same command goes on with it; but for PartlyDone
    where nothing was done. Raises AlreadyDone and others before a line is sent.
    """
    requests = LineRequests(plan, runtime.output.remark)
    survey = requests.survey()
    if runtime.config.confirms_writes:
        runtime.consent.confirm_write(runtime.config)  # before the threads of the job
    with _folder(runtime) as folder:
        claimed = claim.claim(folder, _claim_request(runtime, folder, plan, requests, survey))
        try:
            runtime.next_step = "" if runtime.globals.no_journal else GO_ON
            _show_skipped(runtime, claimed)
            _refuse_another_family(runtime, claimed, is_allowed=plan.options.other_token)
            _show_mapping(runtime, plan, requests)
            sender = LineSender(runtime, plan, requests, survey, claimed)
            with _outcome_of_all(sender, claimed.job):
                yield sender
            runtime.streams.flush()
            _ignore_interruptions()
            _finish(runtime, folder, claimed.job)
        except Forbidden as error:
            runtime.client.warn_v1_only(plan.endpoint, error)
            raise
        finally:
            claimed.job.close()


@contextmanager
def _outcome_of_all(sender: LineSender, job: Job) -> Iterator[None]:
    """Give an error the outcome of all lines, and delete a job that has no effect."""
    try:
        yield
    except (ApiError, TickitiError) as error:
        sender.set_outcome(error)
        if isinstance(error, PartlyDone) and sender.has_no_effect:
            job.delete()
        raise


def _summary(counts: Mapping[str, int], verb: str) -> str:
    summary = f"{counts['done']} of {counts['lines']} lines {verb}"
    if not (skipped := counts["skipped"]):
        return f"{summary}."
    return f"{summary}, {skipped} {'was' if skipped == 1 else 'were'} done before."


def _remark_on_no_rows(runtime: Runtime, plan: Plan) -> None:
    if isinstance(plan.source, Source):
        name = "Standard input" if plan.source.name == "-" else plan.source.name
        runtime.output.remark(f"{name} has no rows.")


def _claim_request(
    runtime: Runtime, folder: Path, plan: Plan, requests: LineRequests, survey: Survey
) -> ClaimRequest:
    found, source = runtime.config.connection, plan.source
    action = plan.endpoint.action or plan.endpoint.name
    record = JobRecord(
        action=action,
        base_url=found.base_url,
        profile=found.profile,
        options=dict(plan.request_options),
        key_from=list(plan.options.key_from),
        sends_to=plan.endpoint.name,
        source=source.path,
        is_again=plan.options.is_again,
        repetition=plan.repetition,
        epoch=_epoch(runtime),
    )
    former = names(
        source.former_names, action, found.profile or found.base_url, plan.former_identity
    )
    bearer = Bearer.of(runtime.config.token)
    former_job = FormerJob(folder, former)
    ask = partial(runtime.client.sender.clock, within=server_clock.ASK_SECONDS)
    return ClaimRequest(
        record, survey, bearer, former_job, partial(requests.current_lines, survey), ask
    )


def _epoch(runtime: Runtime) -> str:
    """Return the epoch of a server in test mode; "" for any other, and where no job is kept."""
    if runtime.globals.no_journal:
        return ""
    found = epoch_of(runtime.client.sender, runtime.config.connection.base_url)
    return found.name if found else ""


def raise_if_reset(runtime: Runtime, record: JobRecord) -> None:
    """Raise PartlyDone if a test server was reset since the job began: some lines are gone."""
    if record.epoch and _epoch(runtime) not in ("", record.epoch):
        raise PartlyDone(
            "The server was reset, or a snapshot loaded, while the lines were sent; those that it"
            " had by then are gone.",
            hint="Repeat the command: it sends all lines, and nothing is done twice.",
        )


def _ignore_interruptions() -> None:
    """Let the process end as it would anyway. After the job is finished, "run the same command
    again" would change the tickets of a batch a second time."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _finish(runtime: Runtime, folder: Path, job: Job) -> None:
    """Close the job. A failure is only remarked, because the next run finds every line done."""
    try:
        claim.finish(folder, job)
    except ConfigProblem as problem:
        runtime.output.remark(problem.message)


@contextmanager
def _folder(runtime: Runtime) -> Iterator[Path]:
    """Give the folder of the job's files; under --no-journal one that goes with the process."""
    if not runtime.globals.no_journal:
        yield paths.journal_dir(runtime.environ)
        return
    with TemporaryDirectory(prefix="tickiti-") as name:
        yield Path(name)


def _show_skipped(runtime: Runtime, claimed: Claim) -> None:
    """Show how many lines another job has done, and how many sent lines the file has lost."""
    count = claimed.verdicts.count(Verdict.BEFORE)
    if count:
        said = _skipped(claimed, count)
        is_hidden = runtime.globals.quiet and not runtime.output.is_json
        if is_hidden and Verdict.SEND in claimed.verdicts:
            # Otherwise nothing would tell that rows of a new file were not sent.
            runtime.streams.remark(strip_controls(said))
        else:
            runtime.output.progress(said)
    if lost := claimed.lost_count:
        lines, whose = ("1 line", "its") if lost == 1 else (f"{lost} lines", "their")
        runtime.output.progress(
            f"The file lacks {lines} that the last run may have sent; {whose} outcome is unknown."
        )


def _skipped(claimed: Claim, count: int) -> str:
    lines = "1 line was" if count == 1 else f"{count} lines were"
    job = "another job"
    if claimed.finished_at:
        job = f"a job that ended at {claimed.finished_at}"
        job += f" ({claimed.finished_source})" if claimed.finished_source else ""
    return f"{lines} sent before, by {job}; skipped. --again sends every line once more."


def _show_mapping(runtime: Runtime, plan: Plan, requests: LineRequests) -> None:
    """Show a person what the columns are taken for, before the first line is sent."""
    if not (isinstance(plan.source, Source) and requests.first):
        return
    if runtime.streams.is_terminal(runtime.streams.stderr):
        key_from = plan.options.key_from
        for line in mapping_lines(plan.source.name, requests.first, plan.field_of, key_from):
            runtime.output.progress(line)


def _refuse_another_family(runtime: Runtime, claimed: Claim, *, is_allowed: bool) -> None:
    """Raise UsageProblem where lines may have been sent with a token of another family."""
    counts = Counter(doubt.bearer for doubt in claimed.doubts)
    record, config = claimed.job.record, runtime.config
    for bearer, count in counts.items():
        lines = "1 line" if count == 1 else f"{count} lines"
        token_family.refuse_another(
            runtime.senders.sender_of(config, journal=None, idempotency_key=None),
            config,
            bearer,
            what=f"An earlier run, which may have sent {lines},",
            confirm=runtime.confirm,
            is_allowed=is_allowed,
            has_moved=record.base_url != config.connection.base_url,
        )
