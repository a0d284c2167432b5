"""`tickiti resolution delete`: deletes a resolution."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.resolution.options import RESOLUTION, Resolution
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti resolution delete Outdated --yes"))
def delete(ctx: typer.Context, *, resolution: Resolution) -> None:
    """Delete a resolution

    A resolution that a ticket uses cannot be deleted. Hide it with
    `tickiti resolution edit NAME --retired` instead.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, RESOLUTION, resolution)
    runtime.confirm(f"Delete resolution '{row['name']}'?")
    runtime.client.call(workflow.resolutions_delete, {"id": row["id"]})
    runtime.client.names.drop("resolution", row["name"])
    runtime.output.done(row, said=f"Deleted resolution '{row['name']}'.", plain=row["id"])
