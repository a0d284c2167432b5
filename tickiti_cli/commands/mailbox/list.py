"""`tickiti mailbox list`: lists mailboxes."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "name", "address", "smtp_enable", "smtp_host", "smtp_port", "smtp_security", "smtp_user",
    "paused_reason",
    leaving=(
        "smtp_user", "smtp_security", "smtp_port", "paused_reason", "smtp_host", "smtp_enable",
    ),
)  # fmt: skip


@app.command(cls=RowsCommand, epilog=examples("tickiti mailbox list"))
def list_mailboxes(ctx: typer.Context) -> None:
    """List mailboxes

    Passwords are never shown.
    """
    runtime: Runtime = ctx.obj
    runtime.output.rows(
        lookup.rows_of(runtime.client, lookup.NAMED_MAILBOX), LISTED, empty="No mailboxes."
    )
