"""`tickiti report volumes`: counts tickets and responses by period."""

import typer

from tickiti_cli.commands.report.options import GroupBy, RangeFlags, show
from tickiti_cli.contract.v1 import reports
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("period", "created", "closed", "responses", bar="created")


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti report volumes",
        "tickiti report volumes --from 2026-11-01 --to 2026-11-28 --group-by week --queue Support",
    ),
)
@expand_flags
def volumes(ctx: typer.Context, *, flags: RangeFlags, group_by: GroupBy = None) -> None:
    """Count tickets and responses by period"""
    runtime: Runtime = ctx.obj
    show(runtime, reports.volumes, flags, shape=LISTED, group_by=group_by)
