"""`tickiti callback resend`: sends a callback again."""

import typer

from tickiti_cli.commands.callback.options import Id
from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples('tickiti callback resend "$(tickiti callback list --limit 1 --fields id)"'),
)
def resend(ctx: typer.Context, *, callback: Id) -> None:
    """Send a callback again

    The callback keeps its ID, by which the receiver recognises a repetition. It goes to the
    current address of its intervention.
    """
    runtime: Runtime = ctx.obj
    sent = runtime.client.call(contract.resend, {"id": callback}).accepted
    runtime.output.done(sent, said=f"Callback {callback} will be sent again.", plain=callback)
