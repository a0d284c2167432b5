"""`tickiti version`."""

import typer

from tickiti_cli import __version__
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti version", "tickiti version --json"))
def version(ctx: typer.Context) -> None:
    """Show the version."""
    runtime: Runtime = ctx.obj
    runtime.sure_output.value("version", __version__, plain=f"tickiti {__version__}")
