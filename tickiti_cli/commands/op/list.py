"""`tickiti op list`: the operations in the journal."""

from itertools import islice
from typing import Annotated

import typer

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
    """List operations, newest first."""
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(since, until, member="first_sent_at")
    limit = None if runtime.globals.all else runtime.globals.limit
    found = runtime.journal.every()
    listed = (row(entry) for entry in found if not pending or entry.state in OPEN)
    wanted = (found for found in listed if asked.covers(found))
    rows = [*islice(wanted, limit)]
    runtime.output.rows(rows, LISTED, empty="No operations.")
    more = sum(1 for _ in wanted)
    part = Part(len(rows), more > 0, len(rows) + more)
    runtime.tell_of_more(part, "operations")
