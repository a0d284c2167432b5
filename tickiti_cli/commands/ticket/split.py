"""`tickiti ticket split`: splits responses off into a new ticket."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket split --response 8 --response 9 -s 'The other shoe' --queue Sales",
        "tickiti ticket split --response 4 -s 'A bad batch' --copy",
    ),
)
def split(
    ctx: typer.Context,
    *,
    response: Annotated[
        list[int],
        typer.Option(metavar="ID", min=1, help="Response to move, by ID"),
    ],
    subject: Annotated[
        str, typer.Option("--subject", "-s", metavar="TEXT", help="Subject of the new ticket")
    ],
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="QUEUE", help="Queue of the new ticket (default: that of the old one)"
        ),
    ] = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy the responses instead of moving them")
    ] = False,
) -> None:
    """Split responses off into a new ticket

    The new ticket is linked to the old one.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"response_ids": response, "subject": subject}
    request |= {"queue": queue} if queue is not None else {}
    request |= {"copy": True} if copy else {}
    made = runtime.client.call(tickets.split, request).written
    number = made.id("ticket_number")
    runtime.output.done(made, said=f"Created ticket {number}.", plain=number)
