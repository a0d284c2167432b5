"""The open jobs, and the one among them that a file continues.

Rule: a file continues the job that knows its lines. Where no job knows a line, the path of the file
decides, so that a file whose every line was changed does not pass for a new one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.bulk.job import finished_jobs
from tickiti_cli.bulk.job.finished_jobs import FinishedJob
from tickiti_cli.bulk.job.identity import NumberSet
from tickiti_cli.bulk.job.job import (
    LINES,
    ORDER,
    RECORD,
    Job,
    JobRecord,
    Order,
    Repetition,
    Scope,
    read_order,
    read_record,
)
from tickiti_cli.bulk.job.log import Log
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.errors import LockedOut, OtherKeys


class OpenJob(NamedTuple):
    """A job that is not finished. `overlap` counts the lines of the file that it knows; of a list
    of tickets, all or none."""

    name: str
    record: JobRecord
    order: Order
    overlap: int


class LostJob(NamedTuple):
    """A job from before a reset of the test server, which a new job of its file replaces.

    The new job takes over the keys. The server may have some of the lines: the rest of a run that
    the reset cut in two, or those of a snapshot.
    """

    name: str
    """That of its files; "" for a job that had ended."""

    secret: str
    inherited_keys: Mapping[int, str]

    def continued_by(self, record: JobRecord) -> JobRecord:
        """The record of the new job, whose keys follow from the same secret."""
        return replace(record, secret=self.secret)

    def hand_over(self, job: Job, lines: Iterable[int]) -> None:
        """Give a new job, which has the secret, the keys that do not follow from the secret."""
        if self.inherited_keys:
            for line in lines:
                if key := self.inherited_keys.get(line):
                    job.inherit_key(line, key)

    def delete(self, folder: Path) -> None:
        for suffix in (RECORD, ORDER, LINES) if self.name else ():
            (folder / f"{self.name}{suffix}").unlink(missing_ok=True)


def unfinished(folder: Path, record: JobRecord, survey: Survey) -> list[OpenJob]:
    """Return the open jobs of the same server and command. Raises ConfigProblem."""
    return _known(folder, record, survey, record.scope.includes)


def lost(folder: Path, record: JobRecord, survey: Survey) -> LostJob | None:
    """Return the keys of the job that knew lines of the file before a reset of the test server.

    None with --again, which asks for new keys. Raises LockedOut while that job still runs, and
    ConfigProblem.
    """
    if record.is_again or not record.epoch:
        return None
    found = _known(folder, record, survey, record.scope.has_lost)
    near = [one for one in found if one.overlap and one.record.key_from == record.key_from]
    if near:
        last = max(near, key=lambda one: (one.overlap, one.record.run_at))
        log = Log(folder / f"{last.name}{LINES}")
        try:
            return LostJob(last.name, last.record.secret, log.state().inherited_keys)
        finally:
            log.close()
    lines = NumberSet(survey.lines)
    ended = [(_count(job.lines, lines), job) for job in finished_jobs.lost(folder, record.scope)]
    count, job = max(ended, key=lambda one: (one[0], one[1].finished_at), default=(0, None))
    return LostJob("", job.secret, {}) if job is not None and count else None


def _known(
    folder: Path, record: JobRecord, survey: Survey, is_wanted: Callable[[Scope], bool]
) -> list[OpenJob]:
    same = [*_of_scope(folder, is_wanted)]
    if not same:
        return []
    lines, contents = NumberSet(survey.lines), NumberSet(survey.contents)
    found: list[OpenJob] = []
    for name, known in same:
        order = read_order(folder / f"{name}{ORDER}")
        if known.key_from == record.key_from:
            overlap = _count(order.lines, lines) + _count(order.gone, lines)
        else:
            overlap = _count(order.asked, contents)
        is_list = record.repetition != Repetition.NO_LINE
        if is_list and {overlap, len(order.lines)} != {len(lines)}:
            overlap = 0  # another list of tickets is another command
        found.append(OpenJob(name, known, order, overlap))
    return found


def chosen(
    others: Sequence[OpenJob], record: JobRecord, finished: Sequence[FinishedJob]
) -> OpenJob | None:
    """Return the job that the file continues; None for a new job. Raises OtherKeys."""
    near = [other for other in others if other.overlap]
    if record.is_again:
        near = [other for other in near if other.record.is_again]
    for other in near:
        if other.record.key_from != record.key_from:
            raise OtherKeys.begun(_key_flags(other.record))
    if near:
        return max(near, key=lambda other: (other.overlap, other.record.run_at))
    return None if record.is_again else _latest_of_path(others, record, finished)


def remove_orphans(folder: Path) -> None:
    """Delete files without a record: a crash has cut short the begin or end of their job."""
    for suffix in (ORDER, LINES):
        for path in folder.glob(f"*{suffix}"):
            name = path.name.removesuffix(suffix)
            if (folder / f"{name}{RECORD}").exists():
                continue
            with suppress(LockedOut, FileNotFoundError):
                log = Log(folder / f"{name}{LINES}")
                path.unlink()
                (folder / f"{name}{LINES}").unlink(missing_ok=True)
                log.close()


def _of_scope(folder: Path, is_wanted: Callable[[Scope], bool]) -> Iterator[tuple[str, JobRecord]]:
    for path in sorted(folder.glob(f"*{RECORD}")):
        try:
            known = read_record(path)
        except FileNotFoundError:
            continue  # a run of version 0.1.0 has deleted it meanwhile
        if known is not None and is_wanted(known.scope):
            yield path.name.removesuffix(RECORD), known


def _count(numbers: Iterator[int] | Sequence[int], known: NumberSet) -> int:
    return sum(number in known for number in numbers)


def _latest_of_path(
    others: Sequence[OpenJob], record: JobRecord, finished: Sequence[FinishedJob]
) -> OpenJob | None:
    """Return the latest open job of the same path, unless a later job of that path has ended."""
    if record.source is None or record.key_from:
        return None
    same = [
        other
        for other in others
        if (other.record.source, other.record.options, other.record.key_from)
        == (record.source, record.options, [])
    ]
    last = max(same, key=lambda other: other.record.run_at, default=None)
    ends = [job.finished_at for job in finished if job.source == record.source]
    return None if last is None or max(ends, default="") > last.record.run_at else last


def _key_flags(record: JobRecord) -> str:
    if record.repetition != Repetition.NO_LINE:
        return "with --idempotency-key" if record.key_from else "without --idempotency-key"
    columns = ",".join(record.key_from)
    return f"with --key-from {columns}" if columns else "without --key-from"
