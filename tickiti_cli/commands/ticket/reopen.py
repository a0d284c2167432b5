"""`tickiti ticket reopen`: reopens tickets."""

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
    epilog=examples(
        "tickiti ticket reopen 220009",
        "echo 220009 | tickiti ticket reopen -",
    ),
)
@expand_flags
def reopen(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    sender: Author = None,
    several: BatchFlags,
) -> None:
    """Reopen tickets that are closed or on hold"""
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    members = {"from_email": author_of(runtime, sender), "status": "open"}
    change = Change(tickets.respond, members, lambda number: f"Reopened ticket {number}.")
    batch.send(runtime, selection, change, several)
