"""`tickiti perspective list`: lists the shared perspectives and your own."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.perspective.conditions import readable
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "name", "shared", "owner", "matches", "sorted_by",
    leaving=("sorted_by", "shared", "owner", "matches"),
)  # fmt: skip


@app.command(cls=RowsCommand, epilog=examples("tickiti perspective list"))
def list_perspectives(ctx: typer.Context) -> None:
    """List shared perspectives and your own"""
    runtime: Runtime = ctx.obj
    rows = [readable(row) for row in lookup.rows_of(runtime.client, lookup.PERSPECTIVE)]
    runtime.output.rows(rows, LISTED, empty="No perspectives.")
