"""`tickiti intervention list`: lists interventions."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "name", "title", "queue_name", "remote_enabled", "remote_epilog_url",
    "remote_disabled_reason",
    leaving=(
        "remote_disabled_reason", "remote_epilog_url", "remote_enabled", "queue_name", "title",
    ),
)  # fmt: skip


@app.command(cls=RowsCommand, epilog=examples("tickiti intervention list"))
def list_interventions(ctx: typer.Context) -> None:
    """List interventions"""
    runtime: Runtime = ctx.obj
    runtime.output.rows(
        lookup.rows_of(runtime.client, lookup.INTERVENTION), LISTED, empty="No interventions."
    )
