"""The arguments that several verbs of `tickiti response` share."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tickiti_cli.parser.options import ticket_number

ResponseId = Annotated[int, typer.Argument(metavar="ID", min=1, help="Response ID")]
ResponseIds = Annotated[list[int], typer.Argument(metavar="ID...", min=1, help="Response IDs")]
Target = Annotated[
    int,
    typer.Option("--to", metavar="NUMBER", parser=ticket_number, help="Number of the other ticket"),
]


def named(responses: Sequence[int]) -> str:
    """`1 response`, `2 responses`."""
    return f"{len(responses)} response{'' if len(responses) == 1 else 's'}"
