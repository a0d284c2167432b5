"""`tickiti escalation list`: lists the escalation rules."""

import typer

from tickiti_cli.contract.v1 import workflow
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "minutes", "action", "email", "repeat_minutes")


@app.command(cls=RowsCommand, epilog=examples("tickiti escalation list"))
def list_escalations(ctx: typer.Context) -> None:
    """List escalation rules"""
    runtime: Runtime = ctx.obj
    rows = runtime.client.call(workflow.escalations_index, {}).rows("escalations")
    runtime.output.rows(rows, LISTED, empty="No escalation rules.")
