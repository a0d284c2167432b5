"""A bulk job from its file to what is said of it at the end.

The rule of this file: it knows nothing of what the lines mean; a Plan says that. The file is read
twice: first to know every line, then to send those that are to be sent.
"""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tickiti_cli import locations, token_family
from tickiti_cli.bulk import claiming, clock, reporting
from tickiti_cli.bulk.asking import Asking, Plan
from tickiti_cli.bulk.claiming import Claim, Wanted
from tickiti_cli.bulk.former import Former, names
from tickiti_cli.bulk.job import Job, Record
from tickiti_cli.bulk.log import GO_ON
from tickiti_cli.bulk.matching import Verdict
from tickiti_cli.bulk.sending import Sending
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.contract.errors import Forbidden
from tickiti_cli.errors import ConfigProblem, PartlyDone
from tickiti_cli.journal import Bearer
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

shape = columns("line", "state", "body", "message")


def preview(runtime: Runtime, plan: Plan) -> None:
    """Show each line's request, or the reason why it has none; send nothing."""
    asking = Asking(plan, runtime.output.remark)
    rows = (
        {
            "line": asked.line.number,
            "state": "valid" if asked.body is not None else "failed",
            "body": asked.body,
            "message": asked.error or None,
        }
        for asked in asking.each()
    )
    runtime.output.rows(rows, shape)


def send(runtime: Runtime, plan: Plan, verb: str) -> None:
    """Every line; then say how many there were. `verb` is what was done to them.

    The job is done once that is said: who was not told runs it again, and nothing is sent.
    Raises PartlyDone, AlreadyDone.
    """
    if plan.manner.report:
        reporting.refuse(plan.manner.report)
    asking = Asking(plan, runtime.output.remark)
    survey = asking.survey()
    claimed = claiming.claim(_folder(runtime), _wanted(runtime, plan, asking, survey))
    job = claimed.job
    try:
        runtime.way_on = GO_ON
        _tell(runtime, claimed)
        _refuse_another_family(runtime, claimed, is_allowed=plan.manner.other_token)
        sending = Sending(runtime, plan, asking, survey, claimed)
        try:
            sending.run()
        except PartlyDone:
            if sending.is_in_vain:
                job.forget()
            raise
        counts = sending.counts
        plain = counts["done"] + counts["skipped"]
        runtime.output.done(counts, said=told(counts, verb), plain=plain)
        runtime.streams.flush()
        _finish(runtime, job)
    except Forbidden as error:
        runtime.tell_of_v1(plan.endpoint, error)
        raise
    finally:
        job.close()


def told(counts: Mapping[str, int], verb: str) -> str:
    said = f"{counts['done']} of {counts['lines']} lines {verb}"
    return said + (f", {counts['skipped']} were done before." if counts["skipped"] else ".")


def _wanted(runtime: Runtime, plan: Plan, asking: Asking, survey: Survey) -> Wanted:
    found, source, action = runtime.config.connection, plan.source, plan.endpoint.action
    record = Record(
        action=action,
        base_url=found.base_url,
        profile=found.profile,
        options=dict(plan.options),
        key_from=list(plan.manner.key_from),
        sends_to=plan.endpoint.name,
        source=source.path,
        is_again=plan.manner.is_again,
    )
    former = names(source.former_names, action, found.profile or found.base_url, plan.variant)
    bearer = Bearer.of(runtime.config.token)
    former_job = Former(_folder(runtime), former)
    ask = partial(runtime.client.clock, within=clock.ASK_SECONDS)
    return Wanted(record, survey, bearer, former_job, partial(asking.told, survey), ask)


def _finish(runtime: Runtime, job: Job) -> None:
    """What cannot be noted costs no line: the next run finds every line of the job done."""
    try:
        claiming.finish(_folder(runtime), job)
    except ConfigProblem as problem:
        runtime.output.remark(problem.message)


def _folder(runtime: Runtime) -> Path:
    return locations.journal_dir(runtime.environ)


def _tell(runtime: Runtime, claimed: Claim) -> None:
    """What a person would not expect of this file."""
    count = claimed.verdicts.count(Verdict.BEFORE)
    if count:
        lines = "1 line was" if count == 1 else f"{count} lines were"
        runtime.output.progress(
            f"{lines} done before, by a job that ended at {claimed.before}: not sent again."
        )
    if claimed.lost:
        runtime.output.progress(
            f"The file lacks lines that the last run may have sent ({claimed.lost}): what became "
            "of them is unknown."
        )


def _refuse_another_family(runtime: Runtime, claimed: Claim, *, is_allowed: bool) -> None:
    """Raises UsageProblem where lines may have been sent under another family's keys."""
    counts = Counter(doubt.bearer for doubt in claimed.doubts)
    record, config = claimed.job.record, runtime.config
    for bearer, count in counts.items():
        lines = "1 line that" if count == 1 else f"{count} lines that"
        token_family.refuse_another(
            runtime,
            config,
            bearer,
            what=f"A run that left {lines} may have been sent",
            is_allowed=is_allowed,
            has_moved=record.base_url != config.connection.base_url,
        )
