"""`tickiti op view`: one operation of the journal."""

import typer

from tickiti_cli.commands.op.finish import row
from tickiti_cli.commands.op.options import Operation
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "id", "state", "endpoint", "idempotency_key", "profile", "base_url", "token_id",
    "first_sent_at", "closed_at", "result", "body",
)  # fmt: skip


@app.command(
    cls=Command, epilog=examples('tickiti op view "$(tickiti op list --limit 1 --fields id)"')
)
def view(ctx: typer.Context, *, operation: Operation) -> None:
    """Show an operation's request, key and outcome."""
    runtime: Runtime = ctx.obj
    entry = runtime.journal.find(operation)
    runtime.output.show({**row(entry), "body": entry.body}, SHOWN)
