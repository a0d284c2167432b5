"""`tickiti watchlist list`: lists the shared watchlists and your own."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "name", "shared", "owner", "ticket_ids")


@app.command(cls=RowsCommand, epilog=examples("tickiti watchlist list"))
def list_watchlists(ctx: typer.Context) -> None:
    """List shared watchlists and your own"""
    runtime: Runtime = ctx.obj
    rows = lookup.rows_of(runtime.client, lookup.WATCHLIST)
    runtime.output.rows(rows, LISTED, empty="No watchlists.")
