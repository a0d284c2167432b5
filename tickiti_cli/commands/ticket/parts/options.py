"""The flags that several commands of a ticket share."""

from typing import Annotated

import typer

from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import ticket_number

Author = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="EMAIL",
        help="Author of the change (default: the token's owner)",
        autocompletion=offering("<staff>", "@me"),
    ),
]
Resolved = Annotated[str | None, typer.Option(metavar="RESOLUTION", help="Resolution name or ID")]
NewQueue = Annotated[str | None, typer.Option("--queue", metavar="QUEUE", help="Move to QUEUE")]
NewSubject = Annotated[
    str | None, typer.Option("--subject", "-s", metavar="TEXT", help="New subject")
]
Other = Annotated[
    int, typer.Argument(metavar="OTHER", parser=ticket_number, help="Number of the other ticket")
]
