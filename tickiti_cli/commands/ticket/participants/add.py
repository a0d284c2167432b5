"""`tickiti ticket participants add`: adds participants to a ticket."""

import typer

from tickiti_cli.commands.ticket.parts.options import Author
from tickiti_cli.commands.ticket.parts.people import People, change_participants
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples("tickiti ticket participants add 220009 coach@trailblazers-club.example"),
)
def add(ctx: typer.Context, *, number: Number, people: People, sender: Author = None) -> None:
    """Add participants to a ticket"""
    runtime: Runtime = ctx.obj
    done = change_participants(runtime, tickets.participants_add, number, people, sender)
    said = f"Added {', '.join(people)} to ticket {number}."
    runtime.output.done(done, said=said, plain=number)
