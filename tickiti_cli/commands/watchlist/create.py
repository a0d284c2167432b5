"""`tickiti watchlist create`: creates a watchlist."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.watchlist.options import Description, Display, Icon, members_of
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

USUAL_ICON = "eye"
"""The API asks for an icon; most users do not care which."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti watchlist create 'Paris Marathon'",
        "tickiti watchlist create Recall --icon running-shoe --shared",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new watchlist")],
    icon: Icon = None,
    description: Description = None,
    display: Display = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Share with all staff (default: personal)")
    ] = False,
) -> None:
    """Create an empty watchlist

    Add tickets with `tickiti watchlist add`.
    """
    runtime: Runtime = ctx.obj
    given = members_of(name=name, icon=icon, description=description, display=display)
    request = {"icon": USUAL_ICON, **given, "shared": shared}
    made = runtime.client.call(settings.watchlists_create, request).accepted
    runtime.client.names.add("watchlist", name)
    plain = made.id("watchlist_id")
    row = lookup.made_row(runtime.client, lookup.WATCHLIST, made, plain, request)
    runtime.output.done(row, said=f"Created watchlist '{name}'.", plain=plain)
