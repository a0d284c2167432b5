"""`tickiti intervention delete`: deletes an intervention."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.intervention.options import Name
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti intervention delete old_request --yes"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete an intervention

    An intervention with undecided tickets or undelivered callbacks cannot be deleted.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.INTERVENTION, name)
    runtime.confirm(f"Delete intervention '{row['name']}'?")
    runtime.client.call(workflow.interventions_delete, {"intervention_id": row["id"]})
    runtime.client.names.drop("intervention", row["name"])
    runtime.output.done(row, said=f"Deleted intervention '{row['name']}'.", plain=row["id"])
