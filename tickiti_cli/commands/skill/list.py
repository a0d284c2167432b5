"""`tickiti skill list`: lists the skills of the AI assistant."""

import typer

from tickiti_cli.contract.v1 import axial
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "key", "title", "enabled", "reserved", "action_count",
    leaving=("reserved", "action_count", "enabled"),
)  # fmt: skip


@app.command(cls=RowsCommand, epilog=examples("tickiti skill list"))
def list_skills(ctx: typer.Context) -> None:
    """List skills"""
    runtime: Runtime = ctx.obj
    rows = runtime.client.call(axial.skills_index, {}).rows("skills")
    runtime.client.names.keep("skill", (row.get("key") for row in rows))
    runtime.output.rows(rows, LISTED, empty="No skills.")
