"""`tickiti intervention view`: shows an intervention and its form."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.intervention.options import Name
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "id", "name", "title", "queue_name", "notify_inbox_managers", "create_urgent",
    "remote_timeout_seconds", "remote_enabled", "remote_epilog_url", "remote_name",
    "remote_disabled_reason", "fields",
)  # fmt: skip


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention view discount_request",
        "tickiti intervention view discount_request --json --fields fields",
    ),
)
def view(ctx: typer.Context, *, name: Name) -> None:
    """Show an intervention and its form"""
    runtime: Runtime = ctx.obj
    runtime.output.show(lookup.row_of(runtime.client, lookup.INTERVENTION, name), SHOWN)
