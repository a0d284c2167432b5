"""`tickiti user list`: staff and API accounts."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "name", "email", "is_staff", "is_admin", "is_api_user",
    leaving=("is_api_user", "is_admin", "is_staff"),
)  # fmt: skip


@app.command(cls=RowsCommand, epilog=examples("tickiti user list"))
def list_users(ctx: typer.Context) -> None:
    """List users: staff and API accounts.

    Use --json to see their queue rights.
    """
    runtime: Runtime = ctx.obj
    rows = lookup.rows_of(runtime.client, lookup.USER)
    runtime.output.rows(rows, LISTED, empty="No users.")
