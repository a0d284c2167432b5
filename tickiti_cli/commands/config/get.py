"""`tickiti config get`: one setting, or one member of a profile."""

import typer

from tickiti_cli.commands.config.options import Name
from tickiti_cli.config import changes
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti config get timeout", "tickiti config get profiles.local.base_url"),
)
def get(ctx: typer.Context, *, name: Name) -> None:
    """Show a setting or a field of a profile.

    Secrets are never shown.
    """
    runtime: Runtime = ctx.obj
    runtime.output.value(name, changes.value(runtime.config, name))
