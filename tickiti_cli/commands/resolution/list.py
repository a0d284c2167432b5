"""`tickiti resolution list`: lists resolutions in their order."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.resolution.options import RESOLUTION
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "name", "colour", "selectable")


@app.command(cls=RowsCommand, epilog=examples("tickiti resolution list"))
def list_resolutions(ctx: typer.Context) -> None:
    """List resolutions"""
    runtime: Runtime = ctx.obj
    rows = lookup.rows_of(runtime.client, RESOLUTION)
    runtime.output.rows(rows, LISTED, empty="No resolutions.")
