"""`tickiti escalation delete`: deletes an escalation rule."""

import typer

from tickiti_cli.commands.escalation.options import RuleId, rule_of
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti escalation delete 1 --yes"))
def delete(ctx: typer.Context, *, rule: RuleId) -> None:
    """Delete an escalation rule"""
    runtime: Runtime = ctx.obj
    row = rule_of(runtime, rule)
    runtime.confirm(f"Delete escalation rule {rule}?")
    runtime.client.call(workflow.escalations_delete, {"id": rule})
    runtime.output.done(row, said=f"Deleted escalation rule {rule}.", plain=rule)
