"""`tickiti op forget`: removes an operation from the journal."""

import typer

from tickiti_cli.commands.op.options import OPEN, Operation
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples('tickiti op forget "$(tickiti op list --limit 1 --fields id)" -y'),
)
def forget(ctx: typer.Context, *, operation: Operation) -> None:
    """Remove an operation from the journal.

    This does not undo it: a write that was applied stays applied.
    """
    runtime: Runtime = ctx.obj
    entry = runtime.journal.read_or_damaged(operation)
    if entry.state in OPEN:
        runtime.confirm(
            f"Operation {operation} has no definite answer yet. Remove it from the journal?"
        )
    runtime.journal.forget(entry)
    runtime.output.done(
        {"id": operation}, said=f"Removed operation {operation} from the journal.", plain=operation
    )
