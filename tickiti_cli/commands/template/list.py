"""`tickiti template list`: lists templates."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.template.options import LISTED, Type
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=RowsCommand,
    epilog=examples("tickiti template list", "tickiti template list --type email --json"),
)
def list_templates(ctx: typer.Context, *, kind: Type = None) -> None:
    """List templates

    FAQs are included.
    """
    runtime: Runtime = ctx.obj
    rows = [row for row in lookup.list_templates(runtime.client) if kind in (None, row.get("type"))]
    runtime.output.rows(rows, LISTED, empty="No templates.")
