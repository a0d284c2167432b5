"""`tickiti resolution create`: creates a resolution."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.resolution.options import RESOLUTION
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti resolution create Refunded --colour '#2e7d32'"))
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new resolution")],
    colour: Annotated[str, typer.Option(metavar="#RRGGBB", help="Colour")] = "#808080",
    selectable: Annotated[
        bool, typer.Option("--selectable/--retired", help="Offer it to staff, or hide it")
    ] = True,
) -> None:
    """Create a resolution

    A new resolution goes to the end of the list.
    """
    runtime: Runtime = ctx.obj
    request = {"name": name, "colour": colour, "selectable": selectable}
    made = runtime.client.call(workflow.resolutions_create, request).accepted
    runtime.client.names.add("resolution", name)
    plain = made.id("id")
    row = lookup.made_row(runtime.client, RESOLUTION, made, plain, request)
    runtime.output.done(row, said=f"Created resolution '{name}'.", plain=plain)
