"""`tickiti ticket restore`: restores a deleted ticket."""

import typer

from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=WriteCommand, epilog=examples("tickiti ticket restore 220009"))
def restore(ctx: typer.Context, *, number: Number) -> None:
    """Restore a deleted ticket

    Its responses are restored with it.
    """
    runtime: Runtime = ctx.obj
    restored = runtime.client.call(tickets.restore, {"ticket_number": number}).written
    runtime.output.done(restored, said=f"Restored ticket {number}.", plain=number)
