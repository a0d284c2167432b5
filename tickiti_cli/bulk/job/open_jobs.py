"""The jobs that are not done, and which of them a file continues.

The rule of this file: lines tell, not names. Where no line is known to any job, the file's place is
a hint, lest a file whose every line was changed pass for a new one.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.bulk.finished import Finished
from tickiti_cli.bulk.identity import Known
from tickiti_cli.bulk.job import LINES, ORDER, RECORD, Order, Record, read_order, read_record
from tickiti_cli.bulk.log import Log
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.errors import LockedOut, OtherKeys


class Other(NamedTuple):
    """A job that is not done, as its files say. `overlap`: how many lines of the file it knows."""

    name: str
    record: Record
    order: Order
    overlap: int


def unfinished(folder: Path, record: Record, survey: Survey) -> list[Other]:
    """Those of the same server and command. Raises ConfigProblem."""
    same = [*_of_scope(folder, record)]
    if not same:
        return []
    lines, contents = Known(survey.lines), Known(survey.contents)
    found: list[Other] = []
    for name, known in same:
        order = read_order(folder / f"{name}{ORDER}")
        if known.key_from == record.key_from:
            overlap = _count(order.lines, lines) + _count(order.gone, lines)
        else:
            overlap = _count(order.asked, contents)
        found.append(Other(name, known, order, overlap))
    return found


def chosen(others: Sequence[Other], record: Record, finished: Sequence[Finished]) -> Other | None:
    """The one that the file continues; None for a job of its own. Raises OtherKeys."""
    near = [other for other in others if other.overlap]
    if record.is_again:
        near = [other for other in near if other.record.is_again]
    for other in near:
        if other.record.key_from != record.key_from:
            raise OtherKeys.begun(_with(other.record.key_from))
    if near:
        return max(near, key=lambda other: (other.overlap, other.record.run_at))
    return None if record.is_again else _at_the_same_place(others, record, finished)


def remove_rests(folder: Path) -> None:
    """Files of a job that a crash kept from beginning, or from being removed whole."""
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


def _of_scope(folder: Path, record: Record) -> Iterator[tuple[str, Record]]:
    for path in sorted(folder.glob(f"*{RECORD}")):
        try:
            known = read_record(path)
        except FileNotFoundError:
            continue  # a run of version 0.1.0 has ended meanwhile
        if known is not None and record.scope.includes(known.scope):
            yield path.name.removesuffix(RECORD), known


def _count(numbers: Iterator[int] | Sequence[int], known: Known) -> int:
    return sum(number in known for number in numbers)


def _at_the_same_place(
    others: Sequence[Other], record: Record, finished: Sequence[Finished]
) -> Other | None:
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


def _with(key_from: Sequence[str]) -> str:
    return f"with --key-from {','.join(key_from)}" if key_from else "without --key-from"
