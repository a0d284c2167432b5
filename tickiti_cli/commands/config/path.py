"""`tickiti config path`: where the configuration file is."""

import typer

from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti config path"))
def path(ctx: typer.Context) -> None:
    """Show the path of config.toml."""
    runtime: Runtime = ctx.obj
    # A broken file must not prevent this, because the user needs the path to repair it.
    runtime.plainest_output.value("path", str(runtime.config.path))
