"""`tickiti mailbox delete`: deletes a mailbox."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.mailbox.options import Name
from tickiti_cli.contract.v1 import mail
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti mailbox delete sales --yes"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete a mailbox

    A mailbox with undelivered mail cannot be deleted.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.MAILBOX, name)
    runtime.confirm(f"Delete mailbox '{row['name']}'?")
    runtime.client.call(mail.mailboxes_delete, {"mailbox_id": row["id"]})
    runtime.client.names.drop("mailbox", row["name"])
    runtime.output.done(row, said=f"Deleted mailbox '{row['name']}'.", plain=row["id"])
