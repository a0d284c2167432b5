"""`tickiti watchlist delete`: deletes a watchlist."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.watchlist.options import Watchlist
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti watchlist delete Finished --yes"))
def delete(ctx: typer.Context, *, watchlist: Watchlist) -> None:
    """Delete a watchlist but not its tickets"""
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.WATCHLIST, watchlist)
    runtime.confirm(f"Delete watchlist '{row['name']}'?")
    runtime.client.call(settings.watchlists_delete, {"watchlist_id": row["id"]})
    runtime.client.names.drop("watchlist", row["name"])
    runtime.output.done(row, said=f"Deleted watchlist '{row['name']}'.", plain=row["id"])
