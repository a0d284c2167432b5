"""`tickiti ticket unlink`: unlinks two tickets."""

import typer

from tickiti_cli.commands.ticket.parts.options import Other
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=WriteCommand, epilog=examples("tickiti ticket unlink 220009 220010"))
def unlink(ctx: typer.Context, *, number: Number, other: Other) -> None:
    """Unlink two tickets

    The link to a ticket that was split off cannot be removed.
    """
    runtime: Runtime = ctx.obj
    request = {"ticket_number": number, "linked_ticket_number": other}
    unlinked = runtime.client.call(tickets.unlink, request).written
    said = f"Unlinked tickets {number} and {other}."
    runtime.output.done(unlinked, said=said, plain=number)
