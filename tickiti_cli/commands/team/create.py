"""`tickiti team create`: makes a team."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.team.options import ids_of
from tickiti_cli.contract.v1 import administration
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti team create Returns --member erin@trailblazers-club.example",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Team name")],
    member: Annotated[
        list[str] | None,
        typer.Option(
            metavar="USER",
            help="Staff user to add (e-mail address or ID)",
            autocompletion=offering("<user>"),
        ),
    ] = None,
) -> None:
    """Create a team.

    Assign tickets to it as team:ID.
    """
    runtime: Runtime = ctx.obj
    request = {"name": name, "user_ids": ids_of(runtime, member or [])}
    made = runtime.client.call(administration.teams_create, request).accepted
    runtime.client.names.add("team", name)
    plain = made.id("team_id")
    row = lookup.made_row(runtime.client, lookup.TEAM, made, plain, request)
    runtime.output.done(row, said=f"Created team '{name}'.", plain=plain)
