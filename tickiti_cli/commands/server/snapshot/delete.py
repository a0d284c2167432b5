"""`tickiti server snapshot delete`: deletes a snapshot."""

import typer

from tickiti_cli.commands.server.snapshot.options import Name
from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import snapshots as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server snapshot delete filled"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete a snapshot"""
    runtime: Runtime = ctx.obj
    call(runtime, contract.delete, {"name": name})
    runtime.output.done({"name": name}, said=f"Deleted snapshot '{name}'.", plain=name)
