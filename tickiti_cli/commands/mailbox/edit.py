"""`tickiti mailbox edit`: edits a mailbox."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.mailbox.options import FromName, Name, PasswordStdin, Security, User
from tickiti_cli.commands.mailbox.password import read_password, with_password
from tickiti_cli.commands.mailbox.request import present
from tickiti_cli.contract.v1 import mail
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()

UPDATED = (
    "name", "address", "from_name", "mailbox_type", "pop_enable", "pop_host", "pop_port",
    "pop_encryption", "pop_validate_cert", "max_consecutive_errors", "secondary_report_threshold",
    "outgoing_mailbox_type", "smtp_enable", "smtp_host", "smtp_port", "smtp_user", "smtp_security",
)  # fmt: skip
"""Every member of an update, as the vendor's own form sends it."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti mailbox edit sales --user sales --password-stdin < password",
        "tickiti mailbox edit sales --disable",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="New name")] = None,
    address: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Sender's e-mail address")
    ] = None,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="SMTP server")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="PORT", help="SMTP port")
    ] = None,
    security: Annotated[
        Security | None, typer.Option(metavar="MODE", help="Connection security")
    ] = None,
    from_name: FromName = None,
    user: User = None,
    password_stdin: PasswordStdin = False,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Turn sending on or off")
    ] = None,
) -> None:
    """Edit a mailbox

    Fields without a flag keep their values. Paused deliveries are retried at once.
    """
    runtime: Runtime = ctx.obj
    given = {
        "name": new_name,
        "address": address if address is None else address_of(address, "--address"),
        "from_name": from_name,
        "smtp_host": host,
        "smtp_port": port,
        "smtp_user": user,
        "smtp_security": security.value if security else None,
        "smtp_enable": enable,
    }
    if not (present(given) or password_stdin):
        raise UsageProblem("Nothing to change: add --name, --host, --enable or another flag.")
    password = read_password() if password_stdin else None
    row = lookup.row_of(runtime.client, lookup.MAILBOX, name)
    # The bundled server keeps what is left out, and somebody may have changed it meanwhile. Whether
    # the vendor's product keeps it is not known.
    kept = {} if "built_in" in row else {member: row.get(member) for member in UPDATED}
    request = {"mailbox_id": row["id"], **present(kept | present(given))}
    runtime.client.call(mail.mailboxes_update, request)
    new_row = {**row, **present(given)}
    edited = with_password(runtime, str(new_row["name"]), password, new_row)
    runtime.output.done(edited, said=f"Updated mailbox '{edited['name']}'.", plain=row["id"])
