"""`tickiti stock-response edit`: edits a stock response."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.stock_response.options import STOCK, MemberFlags, StockId
from tickiti_cli.contract.v1 import settings
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.options import identifier_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti stock-response edit refund.sent --keywords refund,money,paid",
        "tickiti stock-response edit refund.sent --disable",
    ),
)
@expand_flags
def edit(
    ctx: typer.Context,
    *,
    stock_response: StockId,
    identifier: Annotated[str | None, typer.Option(metavar="ID", help="New identifier")] = None,
    category: Annotated[str | None, typer.Option(metavar="TEXT", help="Category")] = None,
    flags: MemberFlags,
) -> None:
    """Edit a stock response

    Fields without a flag keep their values.
    """
    runtime: Runtime = ctx.obj
    changes = flags.to_members()
    changes |= (
        {"identifier": identifier_of(identifier, "--identifier")} if identifier is not None else {}
    )
    changes |= {"category": category} if category is not None else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --subject, --content-file or another flag.")
    row = lookup.row_of(runtime.client, STOCK, stock_response)
    request = {"template": {"id": row["id"], **changes}}
    runtime.client.call(settings.stock_responses_update, request)
    name = identifier or row.get("identifier") or stock_response
    runtime.client.names.change("stock-response", row.get("identifier"), identifier)
    runtime.output.done({**row, **changes}, said=f"Updated stock response '{name}'.", plain=name)
