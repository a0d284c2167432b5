"""`tickiti ticket note`: adds an internal note to tickets."""

from typing import Any

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.commands.ticket.parts.options import Author
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.author import author_of
from tickiti_cli.input.body import MISSING
from tickiti_cli.input.options import BodyFlags, FileFlags
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket note 220009 -b 'He called: size 44.'",
        "tickiti ticket note 220009 --file report.pdf",
    ),
)
@expand_flags
def note(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    sender: Author = None,
    text: BodyFlags,
    files: FileFlags,
    several: BatchFlags,
) -> None:
    """Add an internal note to tickets

    A note neither reopens a ticket nor ends a hold.
    """
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    author = author_of(runtime, sender)
    attached = files.read()
    content = text.source(attached and attached.embedded).html(runtime)
    if content is None and not attached:
        raise UsageProblem(f"Missing body: add {MISSING}.")
    members: dict[str, Any] = {"from_email": author, "is_internal": True}
    members |= {"content": content} if content is not None else {}
    change = Change(
        tickets.respond,
        members,
        lambda number: f"Added an internal note to ticket {number}.",
        attached,
        plain="response_id",
    )
    batch.send(runtime, selection, change, several)
