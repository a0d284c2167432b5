"""`tickiti template search`: searches templates."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.template.options import LISTED, Type
from tickiti_cli.contract.v1 import templates
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti template search warranty", "tickiti template search order --type email --json"
    ),
)
def search(
    ctx: typer.Context,
    *,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text to find, ignoring case")],
    kind: Type = None,
) -> None:
    """Search templates by their text"""
    runtime: Runtime = ctx.obj
    request = {"search": text} | ({"type": kind} if kind else {})
    found = runtime.client.call(templates.search, request).data
    rows = [lookup.template_row(row) for row in found]
    runtime.output.rows(rows, LISTED, empty="No matching templates.")
