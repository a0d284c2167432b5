"""`tickiti profile show`: one profile, or the connection in use."""

from typing import Annotated

import typer

from tickiti_cli.commands.profile.row import LISTED, details_of, row_of
from tickiti_cli.config.settings import Format
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work

app = verb()


@app.command(cls=Command, epilog=examples("tickiti profile show", "tickiti profile show local"))
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Profile name (default: the profile in use)",
            autocompletion=offering("<profile>"),
        ),
    ] = None,
) -> None:
    """Show a profile, or the one in use.

    Its settings are shown on a terminal and in JSON; secrets never are.
    """
    runtime: Runtime = ctx.obj
    config = runtime.config
    if name is not None:
        config.refuse_unknown_profile(name)
        open_work.show(runtime, name)
        details = details_of(runtime, name)
        is_card = runtime.output.format is Format.TABLE
        shape = (*LISTED, *columns(*details)) if is_card else LISTED
        runtime.output.show(row_of(runtime, name) | details, shape)
        return
    connection = config.connection
    now = {
        "name": connection.profile,
        "base_url": connection.base_url,
        "chosen_by": connection.origin,
    }
    runtime.output.show(now, columns(*now))
