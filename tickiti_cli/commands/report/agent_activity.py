"""`tickiti report agent-activity`: counts the work of each agent."""

import typer

from tickiti_cli.commands.report.options import RangeFlags, show
from tickiti_cli.contract.v1 import reports
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "name", "email", "responses", "notes", "tickets", "closed",
    leaving=("email", "notes", "tickets"), bar="responses",
)  # fmt: skip


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti report agent-activity", "tickiti report agent-activity --from 2026-11-01 -o csv"
    ),
)
@expand_flags
def agent_activity(ctx: typer.Context, *, flags: RangeFlags) -> None:
    """Count responses, notes and closures by agent"""
    runtime: Runtime = ctx.obj
    show(runtime, reports.agent_activity, flags, shape=LISTED)
