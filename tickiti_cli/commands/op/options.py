"""The argument, the columns and the states that several verbs of `tickiti op` share."""

from typing import Annotated

import typer

from tickiti_cli.api.journal.journal import State
from tickiti_cli.output.format import columns

LISTED = columns(
    "id", "state", "endpoint", "idempotency_key", "first_sent_at",
    leaving=("idempotency_key", "first_sent_at", "endpoint"),
)  # fmt: skip

OPEN = (State.PENDING, State.DAMAGED)

Operation = Annotated[str, typer.Argument(metavar="ID", help="Operation ID (see: tickiti op list)")]
