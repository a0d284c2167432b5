"""`tickiti watchlist edit`: changes a watchlist."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.watchlist.options import (
    Description,
    Display,
    Icon,
    Watchlist,
    members_of,
)
from tickiti_cli.contract.v1 import settings
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti watchlist edit Recall --name 'Recalled shoes'",
        "tickiti watchlist edit Marathon --shared",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    watchlist: Watchlist,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="New name")] = None,
    icon: Icon = None,
    description: Description = None,
    display: Display = None,
    shared: Annotated[
        bool | None,
        typer.Option("--shared/--personal", help="Share with all staff, or only its owner"),
    ] = None,
) -> None:
    """Edit a watchlist

    Fields without a flag keep their values.
    """
    runtime: Runtime = ctx.obj
    changes = members_of(name=name, icon=icon, description=description, display=display)
    changes |= {"shared": shared} if shared is not None else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --name, --icon, --shared or another flag.")
    row = lookup.row_of(runtime.client, lookup.WATCHLIST, watchlist)
    request = {"watchlist_id": row["id"], **changes}
    runtime.client.call(settings.watchlists_update, request)
    edited = {**row, **changes}
    runtime.client.names.change("watchlist", row["name"], edited["name"])
    runtime.output.done(edited, said=f"Updated watchlist '{edited['name']}'.", plain=row["id"])
