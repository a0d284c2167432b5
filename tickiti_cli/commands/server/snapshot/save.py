"""`tickiti server snapshot save`: saves the state of a server in test mode."""

import typer

from tickiti_cli.commands.server.snapshot.options import Name
from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import snapshots as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server snapshot save filled"))
def save(ctx: typer.Context, *, name: Name) -> None:
    """Save the state of a server in test mode

    All tickets, users, tokens, mail and stored replies. An older snapshot of that name is replaced.
    Snapshots of --memory servers end with the server.
    """
    runtime: Runtime = ctx.obj
    found = call(runtime, contract.save, {"name": name}).data
    runtime.output.done(found, said=f"Saved snapshot '{name}'.", plain=name)
