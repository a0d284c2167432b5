"""`tickiti intervention create`: creates an intervention from a TOML file."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.intervention import file as intervention_file
from tickiti_cli.commands.intervention.options import Name
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti intervention create price_match --file discount_request.toml"),
)
def create(
    ctx: typer.Context,
    *,
    name: Name,
    file: Annotated[
        str, typer.Option(metavar="FILE", help='TOML file with the definition ("-" for stdin)')
    ],
) -> None:
    """Create an intervention from a TOML file

    The file sets title, queue_name (default: Inbox), create_urgent, remote_epilog_url and other
    fields of the API. Each form field is a table [[fields]] with type (text, textarea, number or
    checkbox), name and label. Callbacks are on if remote_epilog_url is set.

    New tickets use the templates NAME.private, which must exist, and NAME.public. NAME.final is
    posted when the other system has received the decision.
    """
    runtime: Runtime = ctx.obj
    given = intervention_file.read(file)
    usual = {**intervention_file.DEFAULTS, "remote_enabled": "remote_epilog_url" in given}
    request = {**usual, **given, "name": name}
    runtime.client.call(workflow.interventions_create, request)
    made = lookup.written_row(runtime.client, lookup.INTERVENTION, name, request)
    runtime.output.done(made, said=f"Created intervention '{name}'.", plain=made.id("id"))
