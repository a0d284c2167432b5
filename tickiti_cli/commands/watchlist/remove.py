"""`tickiti watchlist remove`: removes tickets from a watchlist."""

import typer

from tickiti_cli.commands.watchlist.options import Numbers, Watchlist
from tickiti_cli.commands.watchlist.tickets import change_tickets, named
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti watchlist remove Marathon 220009"))
def remove(ctx: typer.Context, *, watchlist: Watchlist, numbers: Numbers) -> None:
    """Remove tickets from a watchlist

    Tickets that are not on the list are ignored.
    """
    runtime: Runtime = ctx.obj
    row = settings.watchlists_remove_tickets
    found = change_tickets(runtime, row, watchlist=watchlist, numbers=numbers)
    said = f"Removed {named(numbers)} from watchlist '{found['name']}'."
    runtime.output.done(found, said=said, plain=found["id"])
