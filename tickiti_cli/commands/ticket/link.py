"""`tickiti ticket link`: links two tickets."""

import typer

from tickiti_cli.commands.ticket.parts.options import Other
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=WriteCommand, epilog=examples("tickiti ticket link 220009 220010"))
def link(ctx: typer.Context, *, number: Number, other: Other) -> None:
    """Link two tickets"""
    runtime: Runtime = ctx.obj
    request = {"ticket_number": number, "linked_ticket_numbers": [other]}
    linked = runtime.client.call(tickets.link, request).written
    said = f"Linked tickets {number} and {other}."
    runtime.output.done(linked, said=said, plain=number)
