"""`tickiti team edit`: renames a team or replaces its members."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.team.options import Team, ids_of
from tickiti_cli.contract.v1 import administration
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti team edit Returns --name 'Second line'",
        "tickiti team edit 'First line' --member erin@trailblazers-club.example",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    team: Team,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="New name")] = None,
    member: Annotated[
        list[str] | None,
        typer.Option(
            metavar="USER",
            help="Staff user; the given users replace all members",
            autocompletion=offering("<user>"),
        ),
    ] = None,
) -> None:
    """Rename a team or replace its members."""
    runtime: Runtime = ctx.obj
    changes: dict[str, Any] = {} if name is None else {"name": name}
    changes |= {"user_ids": ids_of(runtime, member)} if member else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --name or --member.")
    row = lookup.row_of(runtime.client, lookup.TEAM, team)
    runtime.client.call(administration.teams_update, {"team_id": row["id"], **changes})
    edited = lookup.row_now(runtime.client, lookup.TEAM, row["id"], {**row, **changes})
    runtime.client.names.change("team", row["name"], edited["name"])
    runtime.output.done(edited, said=f"Updated team '{edited['name']}'.", plain=row["id"])
