"""`tickiti ticket originator`: changes the requester of a ticket."""

from typing import Annotated

import typer

from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.author import person_of
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples("tickiti ticket originator 220009 marcus@trailblazers-club.example"),
)
def originator(
    ctx: typer.Context,
    *,
    number: Number,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="New requester's e-mail address")],
) -> None:
    """Change the requester of a ticket

    The previous requester becomes a participant.
    """
    runtime: Runtime = ctx.obj
    request = {"ticket_number": number, "originator_email": person_of(runtime, email, "EMAIL")}
    changed = runtime.client.call(tickets.originator_update, request).written
    runtime.output.done(
        changed, said=f"Changed the requester of ticket {number} to {email}.", plain=number
    )
