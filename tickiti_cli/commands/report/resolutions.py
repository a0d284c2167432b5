"""`tickiti report resolutions`: counts closed tickets by resolution."""

import typer

from tickiti_cli.commands.report.options import RangeFlags, show
from tickiti_cli.contract.v1 import reports
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("resolution_id", "name", "tickets", bar="tickets")


@app.command(cls=RowsCommand, epilog=examples("tickiti report resolutions --from 2026-11-01"))
@expand_flags
def resolutions(ctx: typer.Context, *, flags: RangeFlags) -> None:
    """Count closed tickets by resolution

    A ticket counts on the day on which it was closed.
    """
    runtime: Runtime = ctx.obj
    show(runtime, reports.resolutions, flags, shape=LISTED)
