"""`tickiti config list`: the settings in force."""

from typing import Annotated

import typer

from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=RowsCommand, epilog=examples("tickiti config list --show-origin"))
def list_settings(
    ctx: typer.Context,
    *,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Show where each value comes from")
    ] = False,
) -> None:
    """List the settings in effect.

    Secrets are never shown.
    """
    runtime: Runtime = ctx.obj
    rows = [
        {"name": name, "value": value.value, "origin": value.origin}
        for name, value in runtime.config.in_force()
    ]
    shape = columns("name", "value", "origin") if show_origin else columns("name", "value")
    runtime.output.rows(rows, shape)
