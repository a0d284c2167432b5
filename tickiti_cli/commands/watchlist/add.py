"""`tickiti watchlist add`: adds tickets to a watchlist."""

import typer

from tickiti_cli.commands.watchlist.options import Numbers, Watchlist
from tickiti_cli.commands.watchlist.tickets import change_tickets, named
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti watchlist add Marathon 220009"))
def add(ctx: typer.Context, *, watchlist: Watchlist, numbers: Numbers) -> None:
    """Add tickets to a watchlist

    New tickets go to the end of the list. Tickets already on it keep their position.
    """
    runtime: Runtime = ctx.obj
    row = settings.watchlists_add_tickets
    found = change_tickets(runtime, row, watchlist=watchlist, numbers=numbers)
    said = f"Added {named(numbers)} to watchlist '{found['name']}'."
    runtime.output.done(found, said=said, plain=found["id"])
