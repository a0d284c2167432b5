"""`tickiti profile list`: the servers that the user has logged in to."""

import typer

from tickiti_cli.commands.profile.row import LISTED, row_of
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=RowsCommand, epilog=examples("tickiti profile list"))
def list_profiles(ctx: typer.Context) -> None:
    """List profiles."""
    runtime: Runtime = ctx.obj
    rows = [row_of(runtime, name) for name in sorted(runtime.config.profiles)]
    runtime.output.rows(rows, LISTED, empty="No profiles.")
