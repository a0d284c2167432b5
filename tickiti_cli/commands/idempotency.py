"""`tickiti idempotency`: keys that make a write happen once."""

from typing import Annotated

import typer

from tickiti_cli.command import Command, examples, noun, offering
from tickiti_cli.contract import classic
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

ACTIONS = dict.fromkeys(row.action for row in classic.ROWS if row.action)

app = noun("Keys that make a write happen once.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti idempotency mint", "tickiti idempotency mint --action create_ticket --json"
    ),
)
def mint(
    ctx: typer.Context,
    *,
    action: Annotated[
        str | None,
        typer.Option(
            help="Bind it to create_ticket, ticket_respond, ...",
            autocompletion=offering(*ACTIONS),
        ),
    ] = None,
) -> None:
    """Ask the server for a key. Needs no token."""
    runtime: Runtime = ctx.obj
    minted = runtime.client.call(classic.idempotency_key, {"action": action} if action else {}).data
    if runtime.output.is_json:
        runtime.output.show(minted, columns(*minted))
    else:
        runtime.output.text(minted["idempotency_key"])
