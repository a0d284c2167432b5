"""`tickiti team list`: the teams and their members."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "name", "members", "key", "members_key", leaving=("members_key", "key", "members")
)


@app.command(cls=RowsCommand, epilog=examples("tickiti team list"))
def list_teams(ctx: typer.Context) -> None:
    """List teams.

    Assign a ticket to a team with team:ID.
    """
    runtime: Runtime = ctx.obj
    rows = lookup.rows_of(runtime.client, lookup.TEAM)
    shown = [{**row, "members": _addresses(row)} for row in rows]
    runtime.output.rows(shown, LISTED, empty="No teams.")


def _addresses(row: lookup.Row) -> list[str]:
    members = row.get("members") or []
    return [str(member.get("email")) for member in members if isinstance(member, dict)]
