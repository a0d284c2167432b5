"""`tickiti staff`: the people that tickets can be assigned to."""

from typing import Annotated

import typer

from tickiti_cli.contract.v1 import tickets
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples
from tickiti_cli.parser.groups import noun
from tickiti_cli.runtime import Runtime

app = noun()

LISTED = columns("id", "name", "email", "team_keys")


@app.command(
    "list",
    cls=RowsCommand,
    epilog=examples("tickiti staff list", "tickiti staff list --search erin"),
)
def list_staff(
    ctx: typer.Context,
    *,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Part of a name or e-mail address")
    ] = None,
) -> None:
    """List staff.

    A token that may read tickets is enough.
    """
    runtime: Runtime = ctx.obj
    request = {} if search is None else {"search": search}
    rows = runtime.client.call(tickets.staff, request).rows("staff")
    if search is None:
        runtime.client.names.keep("staff", (row.get("email") for row in rows))
    runtime.output.rows(rows, LISTED, empty="No staff.")
