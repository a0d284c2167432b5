"""`tickiti mailbox create`: creates a mailbox that sends through an SMTP server."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.mailbox.options import FromName, PasswordStdin, Security, User
from tickiti_cli.commands.mailbox.password import read_password, with_password
from tickiti_cli.commands.mailbox.request import present
from tickiti_cli.contract.v1 import mail
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()

SENDING_ONLY: dict[str, Any] = {
    "mailbox_type": "imap", "pop_enable": False, "pop_encryption": "none",
    "pop_validate_cert": True, "max_consecutive_errors": 10, "secondary_report_threshold": 0,
    "outgoing_mailbox_type": "smtp", "smtp_enable": True,
}  # fmt: skip

PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti mailbox create sales --address sales@sole-trader.example"
        " --host smtp.sole-trader.example --user sales --password-stdin < password",
        "tickiti mailbox create relay --address it@sole-trader.example --host 127.0.0.1"
        " --port 25 --security none",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new mailbox")],
    address: Annotated[str, typer.Option(metavar="EMAIL", help="Sender's e-mail address")],
    host: Annotated[str, typer.Option(metavar="HOST", help="SMTP server")],
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="PORT", help="SMTP port (default: 587; tls 465, none 25)"
        ),
    ] = None,
    security: Annotated[
        Security, typer.Option(metavar="MODE", help="Connection security")
    ] = Security.STARTTLS,
    from_name: FromName = None,
    user: User = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Create a mailbox

    A mailbox sends its mail through an SMTP server.
    """
    runtime: Runtime = ctx.obj
    password = read_password() if password_stdin else None
    given = {
        "name": name,
        "address": address_of(address, "--address"),
        "from_name": from_name,
        "smtp_host": host,
        "smtp_port": port or PORTS[security],
        "smtp_user": user,
        "smtp_security": security.value,
    }
    runtime.client.call(mail.mailboxes_create, present({**SENDING_ONLY, **given}))
    made = with_password(runtime, name, password, present(given))
    runtime.output.done(made, said=f"Created mailbox '{name}'.", plain=made.id("id"))
