"""`tickiti stock-response create`: creates a stock response."""

from typing import Annotated

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.stock_response.options import MemberFlags, unwrapped
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.options import identifier_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "echo '<p>We are sorry, the 30 days are over.</p>' |"
        " tickiti stock-response create refund.refused --category Refunds"
        " --keywords refund,money --content-file -",
    ),
)
@expand_flags
def create(
    ctx: typer.Context,
    *,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Identifier, such as refund.sent")
    ],
    category: Annotated[str, typer.Option(metavar="TEXT", help="Category")],
    flags: MemberFlags,
) -> None:
    """Create a stock response"""
    runtime: Runtime = ctx.obj
    request = {
        "identifier": identifier_of(identifier, "ID"),
        "category": category,
        **flags.to_members(),
    }
    reply = runtime.client.call(settings.stock_responses_create, request)
    runtime.client.names.add("stock-response", identifier)
    made = Accepted(unwrapped(reply.bare))
    runtime.output.done(made, said=f"Created stock response '{identifier}'.", plain=identifier)
