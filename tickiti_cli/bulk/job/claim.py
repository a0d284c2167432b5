"""The claim of a run: the job that its file belongs to, and a verdict on each line.

Rule: the claim is made and written under a lock that all runs share, so that two runs of the same
lines never both begin a job. Runs of different lines do not wait for each other afterwards.
"""

import os
import secrets
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.bulk.job import finished_jobs, open_jobs, server_clock
from tickiti_cli.bulk.job.comparison import Verdict, find_replaced
from tickiti_cli.bulk.job.finished_jobs import FinishedJob
from tickiti_cli.bulk.job.former_jobs import CurrentLine, FormerJob
from tickiti_cli.bulk.job.identity import NumberSet
from tickiti_cli.bulk.job.job import LINES, Job, JobRecord, Order, Repetition, now
from tickiti_cli.bulk.job.log import Log, LogState, UnknownOutcome
from tickiti_cli.bulk.job.open_jobs import OpenJob
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.errors import AlreadyDone, ConfigProblem
from tickiti_cli.files.lock import lock

LOCK_WAIT_SECONDS = 60.0
"""Longest wait for the lock. Other runs hold it for moments only, while they begin or end."""

SAME_LIST_AGE = timedelta(days=1)
"""A list that comes again sooner was probably piped again by a script or by mistake. After that a
repetition may be intended, because tickets change."""


class ClaimRequest(NamedTuple):
    """The request of a run for a job and a verdict on each line. `record` is that of a new job,
    `bearer` the token in use."""

    record: JobRecord
    survey: Survey
    bearer: Bearer
    former: FormerJob
    current_lines: Callable[[], Iterator[CurrentLine]]
    """Reads the file again, which only a job of version 0.1.0 needs."""

    server_time: Callable[[], datetime | None] = lambda: None
    """Asks the server for its time, where the outcome of a line has been unknown for long."""


@dataclass(slots=True)
class Claim:
    """The job of this run, and a verdict on each line of the file."""

    job: Job
    verdicts: bytearray
    """A Verdict for each position of the file."""

    finished_at: str = ""
    """When the latest of the other jobs ended that had done lines of the file; "" for none."""

    finished_source: str | None = None
    """The path of that job's file; None for a pipe."""

    doubts: list[UnknownOutcome] = field(default_factory=list)
    """Lines of unknown outcome that are sent again."""

    lost_count: int = 0
    """Lines of unknown outcome that were removed from the file since the last run."""


def claim(folder: Path, request: ClaimRequest) -> Claim:
    """Find or begin the job of a file. Raises AlreadyDone, OtherKeys, LockedOut, ConfigProblem."""
    with _locked(folder):
        open_jobs.remove_orphans(folder)
        finished = finished_jobs.load(folder, request.record.scope)
        unfinished = open_jobs.unfinished(folder, request.record, request.survey)
        is_over = request.record.is_again or _carries_on(unfinished, request.former)
        adopted = None if is_over else request.former.adopted(request.record, request.current_lines)
        chosen = None if adopted else open_jobs.chosen(unfinished, request.record, finished)
        overlapping = [other for other in unfinished if other.overlap and other is not chosen]
        elsewhere = _state_of_others(folder, request, finished, overlapping)
        lost = None if adopted or chosen else open_jobs.lost(folder, request.record, request.survey)
        record = lost.continued_by(request.record) if lost else request.record
        job = adopted or _opened(folder, chosen, record)
        try:
            if lost:
                lost.hand_over(job, request.survey.lines)
            found = _with_verdicts(job, request, elsewhere)
            if not (adopted or chosen):
                _refuse_done(found)
                _refuse_same_list(request, finished)
                finished_jobs.refuse_other_keys(finished, request.record, request.survey)
            _write_order(found, request)
            request.former.remove()
            if lost:
                lost.delete(folder)
        except BaseException:
            if chosen:
                job.close()
            else:
                job.delete()
            raise
        return found


def finish(folder: Path, job: Job) -> None:
    """Move a job whose lines are all done to the finished jobs."""
    with _locked(folder):
        _append_finished(folder, job.record, job.order, job.logged, job.done)
        job.delete()


class OtherJobs(NamedTuple):
    """The state of lines in other jobs: those that are done, and the keys of those that may be."""

    done: Sequence[NumberSet]
    doubts: dict[int, tuple[str, UnknownOutcome]]
    last: str = ""
    last_source: str | None = None

    def has(self, line: int) -> bool:
        return any(line in known for known in self.done)


def _state_of_others(
    folder: Path,
    request: ClaimRequest,
    finished: Sequence[FinishedJob],
    overlapping: Sequence[OpenJob],
) -> OtherJobs:
    """Read the lines of other jobs; nothing with --key-from or --again.

    With --again the other jobs are deleted. Raises LockedOut while another run sends such a line.
    """
    done, doubts = list[NumberSet](), dict[int, tuple[str, UnknownOutcome]]()
    for other in overlapping:
        log = Log(folder / f"{other.name}{LINES}")
        job = Job(folder, other.name, other.record, log)
        job.order = other.order
        if request.record.is_again:
            _append_finished(folder, other.record, other.order, job.logged)
            job.delete()
            continue
        log.close()
        done.append(job.logged.done)
        for line, doubt in job.logged.doubts.items():
            doubts[line] = job.key_of(line), doubt
    knows_lines = request.record.repetition == Repetition.NO_LINE and not request.record.key_from
    if request.record.is_again or not knows_lines:
        return OtherJobs((), {})
    present = NumberSet(request.survey.contents if finished else ())
    some = [one for one in finished if any(line in present for line in one.lines)]
    for one in finished:
        doubt = UnknownOutcome(one.bearer, one.finished_at)
        doubts |= {line: (one.key_of(line), doubt) for line in one.doubts}
    done += [NumberSet(one.lines) for one in some]
    if not some:
        return OtherJobs(done, doubts)
    last = max(some, key=lambda one: one.finished_at)
    return OtherJobs(done, doubts, last.finished_at, last.source)


def _carries_on(unfinished: Sequence[OpenJob], former: FormerJob) -> bool:
    """True if a job continues `former` already; a crash kept the files of `former` from being
    deleted."""
    return any(job.record.former == former.name for job in unfinished)


def _opened(folder: Path, chosen: OpenJob | None, record: JobRecord) -> Job:
    """Raises LockedOut."""
    name = chosen.name if chosen else secrets.token_hex(8)
    job = Job(folder, name, chosen.record if chosen else record, Log(folder / f"{name}{LINES}"))
    if chosen:
        job.order = chosen.order
    return job


def _with_verdicts(job: Job, request: ClaimRequest, elsewhere: OtherJobs) -> Claim:
    survey = request.survey
    found = Claim(job, bytearray(len(survey.lines)))
    logged = job.logged
    mine = NumberSet([*job.order.lines, *job.order.gone]) if job.record.is_again else NumberSet()
    for position, line in enumerate(survey.lines):
        if line in logged.done:
            verdict = Verdict.DONE
        elif line not in logged.doubts and line not in mine and elsewhere.has(line):
            verdict = Verdict.BEFORE
            found.finished_at, found.finished_source = elsewhere.last, elsewhere.last_source
        else:
            if line not in logged.doubts and line not in mine and line in elsewhere.doubts:
                job.inherit_key(line, *elsewhere.doubts[line])
            doubt = logged.doubts.get(line)
            is_stale = doubt is not None and doubt.is_key_expired(request.server_time)
            verdict = Verdict.STALE if is_stale else Verdict.SEND
            if doubt and verdict is Verdict.SEND:
                found.doubts.append(doubt)
        found.verdicts[position] = verdict
    return found


def _write_order(found: Claim, request: ClaimRequest) -> None:
    """Write the lines in their new order. A line that replaces a sent one becomes a conflict."""
    job, survey = found.job, request.survey
    old, logged = job.order, job.logged
    order = asked = survey.lines
    if request.record.key_from:
        asked = survey.contents
    elif request.record.repetition == Repetition.NO_LINE:
        pairs = zip(survey.lines, found.verdicts, strict=True)
        elsewhere = NumberSet([*(line for line, v in pairs if v == Verdict.BEFORE), *old.gone])
        taken, order = find_replaced(
            old.lines, survey.lines, logged.was_sent, elsewhere.__contains__
        )
        asked = order
        for position in taken:
            if found.verdicts[position] == Verdict.SEND:
                found.verdicts[position] = Verdict.CONFLICT
    present = NumberSet(order if old.lines else ())
    left = [line for line in old.lines if line not in present and logged.was_sent(line)]
    found.lost_count = sum(line in logged.doubts for line in left)
    gone = array("Q", [*old.gone, *left])
    job.begin_run(Order(order, asked, gone), request.record.source, request.bearer)


def _append_finished(
    folder: Path,
    record: JobRecord,
    order: Order,
    logged: LogState,
    done_now: Sequence[int] = (),
) -> None:
    done = NumberSet([*logged.done, *done_now])
    lines = array("Q", done)
    if record.repetition == Repetition.ANY:
        lines = array("Q")
    elif record.key_from:
        pairs = zip(order.lines, order.asked, strict=True)
        lines = array("Q", (asked for line, asked in pairs if line in done))
    doubts = array("Q", (line for line in order.gone if line in logged.doubts and line not in done))
    if not lines and not doubts:
        return
    bearer = logged.doubts[doubts[0]].bearer if doubts else Bearer()
    job = FinishedJob(
        record.scope, record.source, record.key_from, now(), lines, doubts, record.secret, bearer
    )
    finished_jobs.append(folder, job)


def _refuse_done(found: Claim) -> None:
    """Raise AlreadyDone where other jobs have done every line."""
    count = len(found.verdicts)
    if not count or found.verdicts.count(Verdict.BEFORE) < count:
        return
    lines = "The line was" if count == 1 else f"All {count} lines were"
    raise AlreadyDone(
        f"{lines} sent before, by a job that ended at {found.finished_at}; nothing was sent.",
        hint=finished_jobs.AGAIN,
    )


def _refuse_same_list(request: ClaimRequest, finished: Sequence[FinishedJob]) -> None:
    """Raise AlreadyDone where a job of the last day has done the same list of lines."""
    record, lines = request.record, sorted(request.survey.lines)
    if record.repetition != Repetition.NO_LIST or record.is_again or not lines:
        return
    same = [one for one in finished if sorted(one.lines) == lines]
    ends = [one.finished_at for one in same if server_clock.age(one.finished_at) <= SAME_LIST_AGE]
    if ends:
        raise AlreadyDone(
            f"The same list was done by a run that ended at {max(ends)}; nothing was sent.",
            hint="To do it once more: --again",
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock under which runs begin and end. Raises ConfigProblem."""
    path = folder / "bulk.lock"
    try:
        make_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error
    try:
        lock(descriptor, path, patience=LOCK_WAIT_SECONDS)
        yield
    except OSError as error:
        named = error.filename or folder
        raise ConfigProblem(f"{named} cannot be used: {error.strerror}.") from error
    finally:
        os.close(descriptor)
