"""`tickiti team delete`: deletes a team."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.team.options import Team
from tickiti_cli.contract.v1 import administration
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti team delete 'First line' --yes"))
def delete(ctx: typer.Context, *, team: Team) -> None:
    """Delete a team.

    A team with open tickets cannot be deleted.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.TEAM, team)
    runtime.confirm(f"Delete team '{row['name']}'?")
    runtime.client.call(administration.teams_delete, {"team_id": row["id"]})
    runtime.client.names.drop("team", row["name"])
    runtime.output.done(row, said=f"Deleted team '{row['name']}'.", plain=row["id"])
