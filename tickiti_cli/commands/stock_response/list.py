"""`tickiti stock-response list`: lists stock responses."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.v1 import settings
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "identifier", "category", "subcategory", "subject", "keywords",
    leaving=("keywords", "subcategory", "category", "subject"),
)  # fmt: skip


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti stock-response list", "tickiti stock-response list --search refund --json"
    ),
)
def list_stock_responses(
    ctx: typer.Context,
    *,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only stock responses that contain TEXT")
    ] = None,
    content: Annotated[
        bool, typer.Option("--content", help="Include the contents in --json output")
    ] = False,
) -> None:
    """List stock responses"""
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"search": search} if search is not None else {}
    request |= {"include_content": True} if content else {}
    reply = runtime.client.call(settings.stock_responses_index, request)
    rows = reply.rows("stock_responses")
    if search is None:
        runtime.client.names.keep("stock-response", (row.get("identifier") for row in rows))
    runtime.output.rows(rows, LISTED, empty="No stock responses.")
