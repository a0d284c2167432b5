"""`tickiti op list`: the operations in the journal."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer

from tickiti_cli.api.journal.epoch import RESET
from tickiti_cli.api.journal.journal import Operation, State
from tickiti_cli.api.paging import Part
from tickiti_cli.commands.op.finish import row
from tickiti_cli.commands.op.options import LISTED, OPEN
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.options import Since, Until
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ListCommand, epilog=examples("tickiti op list", "tickiti op list --pending --json")
)
def list_operations(
    ctx: typer.Context,
    *,
    pending: Annotated[
        bool, typer.Option("--pending", help="Only operations without a definite answer")
    ] = False,
    since: Since = None,
    until: Until = None,
) -> None:
    """List operations, newest first.

    An operation that a test server has lost by a reset is not pending: its state is reset.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(since, until, member="first_sent_at")
    limit = None if runtime.globals.all else runtime.globals.limit
    found = runtime.journal.every()
    known = _without_reset_ones(runtime, found)
    listed = (row(entry) for entry in known if not pending or entry.state in OPEN)
    wanted = (found for found in listed if asked.covers(found))
    rows = [*islice(wanted, limit)]
    runtime.output.rows(rows, LISTED, empty="No operations.")
    more = sum(1 for _ in wanted)
    part = Part(len(rows), more > 0, len(rows) + more)
    runtime.tell_of_more(part, "operations")


def _without_reset_ones(runtime: Runtime, found: Iterator[Operation]) -> Iterator[Operation]:
    """Give the pending operations from before a reset their state; the journal stays as it is."""
    for entry in found:
        is_reset = runtime.resets.is_reset(entry)
        yield entry._replace(state=State.RESET, result=RESET) if is_reset else entry
