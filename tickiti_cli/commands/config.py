"""`tickiti config`: where settings come from."""

from typing import Annotated

import typer

from tickiti_cli import locations
from tickiti_cli.command import Command, examples, noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Where settings come from.")

SETTINGS = (
    ("output", locations.OUTPUT, "table on a terminal, plain in a pipe"),
    ("timeout", "", 30),
    ("max_time", "", 120),
    ("retries", locations.RETRIES, 8),
    ("color", "", "auto"),
    ("no_input", locations.NO_INPUT, False),
)
"""Name, variable and built-in value of each default."""


@app.command(cls=Command, epilog=examples("tickiti config path"))
def path(ctx: typer.Context) -> None:
    """Show where the configuration file is."""
    runtime: Runtime = ctx.obj
    runtime.output.value("path", str(runtime.config.path))


@app.command("list", cls=Command, epilog=examples("tickiti config list --show-origin"))
def list_settings(
    ctx: typer.Context,
    *,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Show where each value comes from.")
    ] = False,
) -> None:
    """List the settings in force; flags aside."""
    runtime: Runtime = ctx.obj
    rows = []
    for name, variable, default in SETTINGS:
        setting = runtime.config.setting(name, variable, default)
        origin = {"origin": setting.origin} if show_origin else {}
        rows.append({"name": name, "value": setting.value, **origin})
    shape = columns("name", "value", "origin") if show_origin else columns("name", "value")
    runtime.output.rows(rows, shape)
