"""`tickiti escalation list`: lists the escalation rules."""

import typer

from tickiti_cli.commands.escalation.options import rules_of
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "minutes", "action", "email", "repeat_minutes")


@app.command(cls=RowsCommand, epilog=examples("tickiti escalation list"))
def list_escalations(ctx: typer.Context) -> None:
    """List escalation rules"""
    runtime: Runtime = ctx.obj
    runtime.output.rows(rules_of(runtime), LISTED, empty="No escalation rules.")
