"""`tickiti intervention edit`: edits an intervention."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.intervention import file as intervention_file
from tickiti_cli.commands.intervention.options import Name
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention edit discount_request --file discount_request.toml",
        "tickiti intervention edit discount_request --enable",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help='TOML file with the changes ("-" for stdin)')
    ] = None,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="New name")] = None,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Turn callbacks on or off")
    ] = None,
) -> None:
    """Edit an intervention

    Fields without a flag keep their values. Pending callbacks go to a new address at once.
    --enable re-enables callbacks after a 410.
    """
    runtime: Runtime = ctx.obj
    changes = intervention_file.read(file) if file is not None else {}
    changes |= {"name": new_name} if new_name is not None else {}
    changes |= {"remote_enabled": enable} if enable is not None else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --file, --name, --enable or --disable.")
    row = lookup.row_of(runtime.client, lookup.INTERVENTION, name)
    # Not the other members: somebody may have changed them meanwhile, and the same URL again would
    # resume the callbacks that a 410 has ended.
    request = {"intervention_id": row["id"], **changes}
    runtime.client.call(workflow.interventions_update, request)
    new_row = {**row, **changes}
    name_now = str(new_row["name"])
    edited = lookup.written_row(runtime.client, lookup.INTERVENTION, name_now, new_row)
    said = f"Updated intervention '{edited['name']}'."
    runtime.output.done(edited, said=said, plain=row["id"])
