"""What a run may send: the job that its file belongs to, and a verdict on each line.

The rule of this file: it decides under a lock that all runs share, and writes everything down
before it lets go. Two runs of the same lines never both think that they are the first; two of
different lines do not wait for each other.
"""

import os
import secrets
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.bulk import finished, others
from tickiti_cli.bulk.finished import Finished
from tickiti_cli.bulk.former import Former, Told
from tickiti_cli.bulk.identity import Known
from tickiti_cli.bulk.job import LINES, Job, Order, Record, now
from tickiti_cli.bulk.log import Doubt, Log, Past
from tickiti_cli.bulk.matching import Verdict, replaced
from tickiti_cli.bulk.others import Other
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.contract.file_system import lock, make_folder
from tickiti_cli.errors import AlreadyDone, ConfigProblem
from tickiti_cli.journal import Bearer

PATIENCE_SECONDS = 60.0
"""For other runs to begin or end, which takes them moments."""


class Wanted(NamedTuple):
    """What a run would do: `record` is the one of a job of its own, `bearer` the token in use."""

    record: Record
    survey: Survey
    bearer: Bearer
    former: Former
    told: Callable[[], Iterator[Told]]
    """The lines of the file once more, for a job of version 0.1.0."""

    server_time: Callable[[], datetime | None] = lambda: None
    """Asks the server for its time, where a line has been in doubt for long."""


@dataclass(slots=True)
class Claim:
    """The job of this run, and what is to be done with each line of the file."""

    job: Job
    verdicts: bytearray
    """By position, a Verdict."""

    before: str = ""
    """When the last of the other jobs ended that had done some of the lines; "" for none."""

    doubts: list[Doubt] = field(default_factory=list)
    """Of the lines that are sent again."""

    lost: int = 0
    """Lines that may have been sent, and that the file has no longer since the last run."""


def claim(folder: Path, wanted: Wanted) -> Claim:
    """Raises AlreadyDone, OtherKeys, LockedOut, ConfigProblem."""
    with _alone(folder):
        others.remove_rests(folder)
        ended = finished.remembered(folder, wanted.record.scope)
        open_jobs = others.unfinished(folder, wanted.record, wanted.survey)
        is_over = wanted.record.is_again or _carries_on(open_jobs, wanted.former)
        adopted = None if is_over else wanted.former.adopted(wanted.record, wanted.told)
        chosen = None if adopted else others.chosen(open_jobs, wanted.record, ended)
        near = [other for other in open_jobs if other.overlap and other is not chosen]
        elsewhere = _elsewhere(folder, wanted, ended, near)
        job = adopted or _opened(folder, chosen, wanted.record)
        try:
            found = _judged(job, wanted, elsewhere)
            if not (adopted or chosen):
                _refuse_done(found)
            _arrange(found, wanted)
            wanted.former.remove()
        except BaseException:
            if chosen:
                job.close()
            else:
                job.forget()
            raise
        return found


def finish(folder: Path, job: Job) -> None:
    """Every line of the file is done: remember that, and forget the job's own files."""
    with _alone(folder):
        _remember(folder, job.record, job.order, job.past, job.done)
        job.forget()


class _Elsewhere(NamedTuple):
    """What other jobs know: lines that are done, and those that may be with their keys."""

    done: Sequence[Known]
    doubts: dict[int, tuple[str, Doubt]]
    last: str = ""

    def has(self, line: int) -> bool:
        return any(line in known for known in self.done)


def _elsewhere(
    folder: Path, wanted: Wanted, ended: Sequence[Finished], near: Sequence[Other]
) -> _Elsewhere:
    """Nothing, where columns make the keys or every line is to be sent again: what others have
    begun is given up then. Raises LockedOut while another run sends some of these lines."""
    done, doubts = list[Known](), dict[int, tuple[str, Doubt]]()
    for other in near:
        log = Log(folder / f"{other.name}{LINES}")
        job = Job(folder, other.name, other.record, log)
        job.order = other.order
        if wanted.record.is_again:
            _remember(folder, other.record, other.order, job.past)
            job.forget()
            continue
        log.close()
        done.append(job.past.done)
        for line, doubt in job.past.doubts.items():
            doubts[line] = job.key_of(line), doubt
    if wanted.record.is_again or wanted.record.key_from:
        return _Elsewhere((), {})
    present = Known(wanted.survey.contents if ended else ())
    some = [one for one in ended if any(line in present for line in one.lines)]
    for one in ended:
        doubt = Doubt(one.bearer, one.finished_at)
        doubts |= {line: (one.key_of(line), doubt) for line in one.doubts}
    done += [Known(one.lines) for one in some]
    return _Elsewhere(done, doubts, max((one.finished_at for one in some), default=""))


def _carries_on(open_jobs: Sequence[Other], former: Former) -> bool:
    """Whether a crash left the files of a job that was carried on already."""
    return any(job.record.former == former.name for job in open_jobs)


def _opened(folder: Path, chosen: Other | None, record: Record) -> Job:
    """Raises LockedOut."""
    name = chosen.name if chosen else secrets.token_hex(8)
    job = Job(folder, name, chosen.record if chosen else record, Log(folder / f"{name}{LINES}"))
    if chosen:
        job.order = chosen.order
    return job


def _judged(job: Job, wanted: Wanted, elsewhere: _Elsewhere) -> Claim:
    survey = wanted.survey
    found = Claim(job, bytearray(len(survey.lines)))
    past = job.past
    mine = Known([*job.order.lines, *job.order.gone]) if job.record.is_again else Known()
    for position, line in enumerate(survey.lines):
        if line in past.done:
            verdict = Verdict.DONE
        elif line not in past.doubts and line not in mine and elsewhere.has(line):
            verdict = Verdict.BEFORE
            found.before = elsewhere.last
        else:
            if line not in past.doubts and line not in mine and line in elsewhere.doubts:
                job.keep(line, *elsewhere.doubts[line])
            doubt = past.doubts.get(line)
            is_stale = doubt is not None and doubt.is_too_old(wanted.server_time)
            verdict = Verdict.STALE if is_stale else Verdict.SEND
            if doubt and verdict is Verdict.SEND:
                found.doubts.append(doubt)
        found.verdicts[position] = verdict
    return found


def _arrange(found: Claim, wanted: Wanted) -> None:
    """Note the lines in their new order; those that took the place of others are conflicts."""
    job, survey = found.job, wanted.survey
    old, past = job.order, job.past
    order = asked = survey.lines
    if wanted.record.key_from:
        asked = survey.contents
    else:
        pairs = zip(survey.lines, found.verdicts, strict=True)
        others_ = Known([*(line for line, v in pairs if v == Verdict.BEFORE), *old.gone])
        taken, order = replaced(old.lines, survey.lines, past.was_sent, others_.__contains__)
        asked = order
        for position in taken:
            if found.verdicts[position] == Verdict.SEND:
                found.verdicts[position] = Verdict.CONFLICT
    present = Known(order if old.lines else ())
    left = [line for line in old.lines if line not in present and past.was_sent(line)]
    found.lost = sum(line in past.doubts for line in left)
    gone = array("Q", [*old.gone, *left])
    job.begin_run(Order(order, asked, gone), wanted.record.source, wanted.bearer)


def _remember(
    folder: Path,
    record: Record,
    order: Order,
    past: Past,
    done_now: Sequence[int] = (),
) -> None:
    done = Known([*past.done, *done_now])
    lines = array("Q", done)
    if record.key_from:
        pairs = zip(order.lines, order.asked, strict=True)
        lines = array("Q", (asked for line, asked in pairs if line in done))
    doubts = array("Q", (line for line in order.gone if line in past.doubts and line not in done))
    if not lines and not doubts:
        return
    bearer = past.doubts[doubts[0]].bearer if doubts else Bearer()
    job = Finished(
        record.scope, record.source, record.key_from, now(), lines, doubts, record.secret, bearer
    )
    finished.remember(folder, job)


def _refuse_done(found: Claim) -> None:
    """Raises AlreadyDone where other jobs have done every line."""
    count = len(found.verdicts)
    if not count or found.verdicts.count(Verdict.BEFORE) < count:
        return
    lines = "The line was" if count == 1 else f"All {count} lines were"
    raise AlreadyDone(
        f"{lines} done before, by a job that ended at {found.before}: nothing is sent.",
        hint="To send every line once more: --again. To tell by columns what is new: "
        "--key-from COLUMNS",
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other run begins or ends meanwhile. Raises ConfigProblem."""
    path = folder / "bulk.lock"
    try:
        make_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error
    try:
        lock(descriptor, path, patience=PATIENCE_SECONDS)
        yield
    except OSError as error:
        named = error.filename or folder
        raise ConfigProblem(f"{named} cannot be used: {error.strerror}.") from error
    finally:
        os.close(descriptor)
