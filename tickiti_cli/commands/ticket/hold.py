"""`tickiti ticket hold`: puts tickets on hold until a date."""

from typing import Annotated

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.commands.ticket.parts.options import Author
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.author import author_of
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.dates import coming_day_of
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples("tickiti ticket hold 220009 --until 2030-12-31"),
)
@expand_flags
def hold(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    until: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="Day on which the tickets reopen, such as 2026-11-24, monday or 2w"
        ),
    ],
    sender: Author = None,
    several: BatchFlags,
) -> None:
    """Put tickets on hold until a date"""
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    day = coming_day_of(until, "--until")
    author = author_of(runtime, sender)
    members = {"from_email": author, "status": "on-hold", "on_hold_until": day}
    change = Change(
        tickets.respond, members, lambda number: f"Put ticket {number} on hold until {day}."
    )
    batch.send(runtime, selection, change, several)
