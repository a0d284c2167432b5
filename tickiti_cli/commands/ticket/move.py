"""`tickiti ticket move`: moves tickets to another queue."""

from typing import Annotated

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.commands.ticket.parts.options import Author
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.author import author_of
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples("tickiti ticket move 220009 Sales"),
)
@expand_flags
def move(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="Name of the queue")],
    sender: Author = None,
    several: BatchFlags,
) -> None:
    """Move tickets to another queue"""
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    members = {"from_email": author_of(runtime, sender), "queue": queue}
    change = Change(
        tickets.respond, members, lambda number: f"Moved ticket {number} to queue {queue}."
    )
    batch.send(runtime, selection, change, several)
