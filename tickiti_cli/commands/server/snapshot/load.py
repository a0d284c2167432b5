"""`tickiti server snapshot load`: returns a server in test mode to a snapshot."""

import typer

from tickiti_cli.commands.server.snapshot.options import Name
from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import snapshots as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server snapshot load filled"))
def load(ctx: typer.Context, *, name: Name) -> None:
    """Return a server in test mode to a snapshot

    Your token stays valid. Requests under way finish first.
    """
    runtime: Runtime = ctx.obj
    found = call(runtime, contract.load, {"name": name}).data
    runtime.output.done(found, said=f"Loaded snapshot '{name}'.", plain=name)
