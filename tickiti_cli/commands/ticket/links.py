"""`tickiti ticket links`: lists linked tickets."""

import typer

from tickiti_cli.contract.v1 import tickets
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("number", "subject", "status", "is_clone", leaving=("is_clone",))


@app.command(
    cls=RowsCommand,
    epilog=examples("tickiti ticket links 220009", "tickiti ticket links 220009 --json"),
)
def links(ctx: typer.Context, *, number: Number) -> None:
    """List linked tickets

    Tickets that you may not view are left out.
    """
    runtime: Runtime = ctx.obj
    reply = runtime.client.call(tickets.links, {"ticket_number": number})
    runtime.output.rows(reply.rows("linked_tickets"), LISTED, empty="No linked tickets.")
