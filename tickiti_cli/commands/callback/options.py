"""The argument and the columns that several verbs of `tickiti callback` share."""

from typing import Annotated

import typer

from tickiti_cli.output.format import columns

LISTED = columns(
    "id", "intervention", "uid", "ticket_number", "url", "state", "attempts", "next_at",
    "last_code", "last_error", "created_at",
    leaving=(
        "uid", "attempts", "last_code", "next_at", "url", "last_error", "created_at",
        "id", "intervention", "ticket_number",
    ),
)  # fmt: skip

Id = Annotated[str, typer.Argument(metavar="ID", help="Callback ID (its webhook-id header)")]
