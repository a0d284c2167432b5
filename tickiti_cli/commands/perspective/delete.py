"""`tickiti perspective delete`: deletes a perspective."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.perspective.options import Perspective
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti perspective delete Outdated --yes"))
def delete(ctx: typer.Context, *, perspective: Perspective) -> None:
    """Delete a perspective but not its tickets"""
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.PERSPECTIVE, perspective)
    runtime.confirm(f"Delete perspective '{row['name']}'?")
    runtime.client.call(settings.perspectives_delete, {"perspective_id": row["id"]})
    runtime.client.names.drop("perspective", row["name"])
    runtime.output.done(row, said=f"Deleted perspective '{row['name']}'.", plain=row["id"])
