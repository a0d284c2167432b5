"""`tickiti ticket assign`: assigns tickets to a person, a team or nobody."""

from functools import partial
from typing import Annotated

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.assignee import UNASSIGNED, assignee_of
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.commands.ticket.parts.options import Author
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.author import author_of
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket assign 220009 erin@trailblazers-club.example",
        "tickiti ticket assign '#220009' nobody",
    ),
)
@expand_flags
def assign(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    assignee: Annotated[
        str,
        typer.Argument(
            metavar="EMAIL|team:ID|@me|nobody",
            help="New assignee (@me: the token's owner; team IDs: tickiti team list)",
            autocompletion=offering("<staff>", "@me", "nobody"),
        ),
    ],
    sender: Author = None,
    several: BatchFlags,
) -> None:
    """Assign tickets to a person, a team or nobody"""
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    assigned = assignee_of(runtime, assignee, "EMAIL")
    members = {"from_email": author_of(runtime, sender), "assigned_to_email": assigned}
    change = Change(tickets.respond, members, partial(_done, assignee=assigned))
    batch.send(runtime, selection, change, several)


def _done(number: int, *, assignee: str) -> str:
    if assignee == UNASSIGNED:
        return f"Unassigned ticket {number}."
    return f"Assigned ticket {number} to {assignee}."
