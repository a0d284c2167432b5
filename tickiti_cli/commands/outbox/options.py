"""The argument, the flag and the columns that several verbs of `tickiti outbox` share."""

from typing import Annotated

import typer

from tickiti_cli.output.format import columns

LISTED = columns(
    "id", "to", "mailbox", "subject", "state", "attempts", "next_at", "last_error", "created_at",
    leaving=("attempts", "mailbox", "next_at", "last_error", "created_at", "id"),
)  # fmt: skip

Id = Annotated[str, typer.Argument(metavar="ID", help="Mail ID")]

Subject = Annotated[
    str | None, typer.Option("--subject", "-s", metavar="TEXT", help="Text in the subject")
]
