"""`tickiti stock-response delete`: deletes a stock response."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.stock_response.options import STOCK, StockId
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti stock-response delete old.reply --yes"))
def delete(ctx: typer.Context, *, stock_response: StockId) -> None:
    """Delete a stock response

    Responses that were written with it stay as they are.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, STOCK, stock_response)
    name = row.get("identifier") or stock_response
    runtime.confirm(f"Delete stock response '{name}'?")
    runtime.client.call(settings.stock_responses_delete, {"template_id": row["id"]})
    runtime.client.names.drop("stock-response", row.get("identifier"))
    runtime.output.done(row, said=f"Deleted stock response '{name}'.", plain=name)
