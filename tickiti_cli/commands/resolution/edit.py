"""`tickiti resolution edit`: edits a resolution."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.resolution.options import RESOLUTION, Resolution
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti resolution edit Refunded --name 'Money back'",
        "tickiti resolution edit Replaced --retired",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    resolution: Resolution,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="New name")] = None,
    colour: Annotated[str | None, typer.Option(metavar="#RRGGBB", help="Colour")] = None,
    selectable: Annotated[
        bool | None, typer.Option("--selectable/--retired", help="Offer it to staff, or hide it")
    ] = None,
) -> None:
    """Edit a resolution

    Tickets that use the resolution keep it.
    """
    runtime: Runtime = ctx.obj
    given = {"name": name, "colour": colour, "selectable": selectable}
    changes = {member: value for member, value in given.items() if value is not None}
    if not changes:
        raise UsageProblem("Nothing to change: add --name, --colour, --selectable or --retired.")
    row = lookup.row_of(runtime.client, RESOLUTION, resolution)
    runtime.client.call(workflow.resolutions_update, {"id": row["id"], **changes})
    edited = {**row, **changes}
    runtime.client.names.change("resolution", row["name"], edited["name"])
    runtime.output.done(edited, said=f"Updated resolution '{edited['name']}'.", plain=row["id"])
