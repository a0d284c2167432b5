"""`tickiti report response-times`: times of the first reply."""

import typer

from tickiti_cli.commands.report.options import GroupBy, RangeFlags, show
from tickiti_cli.contract.v1 import reports
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "period",
    "tickets",
    "answered",
    "first_response_minutes_median",
    "first_response_minutes_mean",
    bar="first_response_minutes_median",
)


@app.command(cls=RowsCommand, epilog=examples("tickiti report response-times --group-by month"))
@expand_flags
def response_times(ctx: typer.Context, *, flags: RangeFlags, group_by: GroupBy = None) -> None:
    """Show minutes until the first reply

    Counts from the creation of a ticket to the first public response by staff.
    """
    runtime: Runtime = ctx.obj
    show(runtime, reports.response_times, flags, shape=LISTED, group_by=group_by)
