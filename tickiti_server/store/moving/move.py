"""Moves a helpdesk from one database to another: all its rows, with their ids.

Three steps: the rows are copied in batches, then the target is read again and compared, then it is
completed. A run that is killed in the first is resumed behind the last batch, because a batch is
one transaction and the batches come in the order of the primary key. A table that one run copies
whole is digested on the way; of every other table the source is read again too.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving import record
from tickiti_server.store.moving.digests import Counted, Digest
from tickiti_server.store.moving.record import MovedTable
from tickiti_server.store.moving.sides import Row, Side, Source, Table, Target

BATCH_ROWS = 5_000
BATCH_BYTES = 4 * 1024 * 1024
"""A batch ends behind this many rows, or about so many bytes."""

PROGRESS_ROWS = 5_000
"""Rows between two reports of a comparison."""


class Progress(NamedTuple):
    """How far a step is, in rows; `before` counts those of an earlier run."""

    step: Literal["copied", "compared"]
    done: int
    before: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move has done."""

    tables: Sequence[MovedTable]
    rows: int
    is_resumed: bool
    seconds: float
    was_complete: bool = False
    """Whether an earlier run has done all of it."""


Report = Callable[[Progress], object]


def move(source: Source, target: Target, report: Report) -> Moved:
    """Fill `target` with all of `source`. Raises MoveRefused and DatabaseUnusable."""
    began = time.monotonic()
    if target.finished is not None and (tables := record.tables_of(target.finished, source.origin)):
        rows = sum(table.rows for table in tables)
        return Moved(tables=tables, rows=rows, is_resumed=False, seconds=0.0, was_complete=True)
    is_resumed = target.begin(source.origin)
    _refuse_other_tables(source, target)
    total = sum(map(source.count, source.tables))
    copied = _copy(source, target, total, report)
    target.complete_meanwhile()
    tables = _compare(source, target, copied, total, report)
    last = source.last_ids()
    if source.has_changed():
        target.begin_again_next_time()
        raise DatabaseUnusable(
            f"{source.location} was changed while it was moved. Stop its servers, and run the same"
            " command again."
        )
    target.finish(last, record.text_of(tables, source.origin))
    return Moved(
        tables=tables,
        rows=total,
        is_resumed=is_resumed,
        seconds=round(time.monotonic() - began, 2),
    )


def batches(rows: Iterable[Row], digest: Digest) -> Iterator[Sequence[Row]]:
    """Cut rows into batches, of which one at a time is in memory, and digest them."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += digest.add(row)
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _refuse_other_tables(source: Source, target: Target) -> None:
    known = {table.name: table for table in target.tables}
    for table in source.tables:
        if known.pop(table.name, None) != table:
            raise DatabaseUnusable(f"The table {table.name} is another one in {target.location}.")
    for name in known:
        raise DatabaseUnusable(f"{source.location} has no table {name}.")


def _copy(source: Source, target: Target, total: int, report: Report) -> Mapping[str, Counted]:
    """Returns what the tables have that this run has copied whole, by their names."""
    before = done = sum(map(target.count, target.tables))
    whole = {}
    for table in source.tables:
        digest, last = Digest(), target.last_key(table)
        with closing(source.rows(table, last)) as rows:
            for batch in batches(rows, digest):
                target.add(table, batch)
                done += len(batch)
                report(Progress("copied", done, before, total))
        if last is None:
            whole[table.name] = digest.counted
    return whole


def _compare(
    source: Source, target: Target, copied: Mapping[str, Counted], total: int, report: Report
) -> Sequence[MovedTable]:
    """Read the target again. Raises DatabaseUnusable for the first table that differs."""
    done = 0
    found = []
    for table in source.tables:

        def note(count: int, before: int = done) -> None:
            report(Progress("compared", before + count, 0, total))

        ours = copied.get(table.name) or _counted(source, table, lambda _: None)
        theirs = _counted(target, table, note)
        if ours != theirs:
            target.begin_again_next_time()
            raise DatabaseUnusable(_difference(table, source, target, ours, theirs))
        done += ours.rows
        found.append(MovedTable(table.name, *ours))
    return found


def _counted(side: Side, table: Table, note: Callable[[int], None]) -> Counted:
    digest = Digest()
    for count, row in enumerate(side.rows(table)):
        digest.add(row)
        if count % PROGRESS_ROWS == 0:
            note(count)
    return digest.counted


def _difference(
    table: Table, source: Source, target: Target, ours: Counted, theirs: Counted
) -> str:
    if ours.rows != theirs.rows:
        what = f"has {ours.rows} rows in {source.location} and {theirs.rows} in {target.location}"
    else:
        what = f"has other values in {target.location} than in {source.location}"
    return (
        f"The table {table.name} {what}. The target stays unfinished; run the same command again,"
        " and everything is copied again."
    )
