"""`tickiti config`: where settings come from."""

from typing import Annotated

import typer

from tickiti_cli.command import Command, examples, noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Where settings come from.")


@app.command(cls=Command, epilog=examples("tickiti config path"))
def path(ctx: typer.Context) -> None:
    """Show where the configuration file is."""
    runtime: Runtime = ctx.obj
    # Also where the file is broken: this is how one finds it.
    runtime.plainest_output.value("path", str(runtime.config.path))


@app.command("list", cls=Command, epilog=examples("tickiti config list --show-origin"))
def list_settings(
    ctx: typer.Context,
    *,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Show where each value comes from.")
    ] = False,
) -> None:
    """List the settings in force; no secret is shown."""
    runtime: Runtime = ctx.obj
    rows = [
        {"name": name, "value": value.value, "origin": value.origin}
        for name, value in runtime.config.in_force()
    ]
    shape = columns("name", "value", "origin") if show_origin else columns("name", "value")
    runtime.output.rows(rows, shape)
