"""`tickiti profile rename`: gives a profile another name."""

from typing import Annotated

import typer

from tickiti_cli.commands.profile import changes
from tickiti_cli.commands.profile.options import Name
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti profile rename prod production"))
def rename(
    ctx: typer.Context,
    *,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="New name")],
) -> None:
    """Rename a profile.

    Its token and settings are kept; a default profile stays the default.
    """
    runtime: Runtime = ctx.obj
    changes.rename_profile(runtime, name, new)
    runtime.output.done(
        {"name": new, "was": name}, said=f"Renamed profile '{name}' to '{new}'.", plain=new
    )
