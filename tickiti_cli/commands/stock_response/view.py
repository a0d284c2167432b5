"""`tickiti stock-response view`: shows a stock response."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.stock_response.options import STOCK, StockId, unwrapped
from tickiti_cli.contract.v1 import settings
from tickiti_cli.errors import ForeignReply
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "id", "identifier", "category", "subcategory", "subject", "keywords", "is_enabled", "notes",
    "ai_relevance", "content",
)  # fmt: skip


@app.command(cls=Command, epilog=examples("tickiti stock-response view refund.sent"))
def view(ctx: typer.Context, *, stock_response: StockId) -> None:
    """Show a stock response"""
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, STOCK, stock_response)
    request = {"template_id": row["id"]}
    found = unwrapped(runtime.client.call(settings.stock_responses_show, request).data)
    if not isinstance(found, dict):
        raise ForeignReply("The server's 'template' is not an object.", status=200)
    runtime.output.show(found, SHOWN)
