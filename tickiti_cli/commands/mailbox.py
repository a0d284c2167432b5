"""`tickiti mailbox`: the addresses that mail is sent from, and the servers that take it."""

import time
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import typer

from tickiti_cli.command import Command, ConfirmedCommand, examples
from tickiti_cli.contract import classic, mail, outbox
from tickiti_cli.errors import ConditionNotMet, NothingFound, UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.inputs import read_text
from tickiti_cli.options import address_of
from tickiti_cli.outcomes import carried_out
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("The addresses that mail is sent from.")

LISTED = columns(
    "id", "name", "address", "smtp_enable", "smtp_host", "smtp_port", "smtp_security", "smtp_user",
    "paused_reason",
)  # fmt: skip
WRITTEN = (
    "name", "address", "from_name", "mailbox_type", "pop_enable", "pop_host", "pop_port",
    "pop_encryption", "pop_validate_cert", "max_consecutive_errors", "secondary_report_threshold",
    "outgoing_mailbox_type", "smtp_enable", "smtp_host", "smtp_port", "smtp_user", "smtp_security",
)  # fmt: skip
"""What an install takes; all of it, for the vendor's own form sends all of it."""

SENDING_ONLY: dict[str, Any] = {
    "mailbox_type": "imap", "pop_enable": False, "pop_encryption": "none",
    "pop_validate_cert": True, "max_consecutive_errors": 10, "secondary_report_threshold": 0,
    "outgoing_mailbox_type": "smtp", "smtp_enable": True,
}  # fmt: skip
POLL_SECONDS = 0.2


class Security(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}

Name = Annotated[str, typer.Argument(metavar="NAME", help="The mailbox's name.")]
FromName = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Shown beside the address in From.")
]
User = Annotated[str | None, typer.Option(metavar="USER", help="Log in as this user.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the user's password from standard input.")
]


@app.command("list", cls=Command, epilog=examples("tickiti mailbox list"))
def list_mailboxes(ctx: typer.Context) -> None:
    """List the mailboxes; never their passwords. One that is paused says why."""
    runtime: Runtime = ctx.obj
    runtime.output.rows(_every(runtime), LISTED, empty="No mailboxes.")


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
    name: Name,
    address: Annotated[str, typer.Option(metavar="EMAIL", help="Mail is from this address.")],
    host: Annotated[str, typer.Option(metavar="HOST", help="The SMTP server.")],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Its port (587; tls 465, none 25).")
    ] = None,
    security: Annotated[Security, typer.Option(help="none, starttls or tls.")] = Security.STARTTLS,
    from_name: FromName = None,
    user: User = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Make a mailbox that sends through an SMTP server."""
    runtime: Runtime = ctx.obj
    password = _password() if password_stdin else None
    given = {
        "name": name,
        "address": address_of(address, "--address"),
        "from_name": from_name,
        "smtp_host": host,
        "smtp_port": port or PORTS[security],
        "smtp_user": user,
        "smtp_security": security.value,
    }
    runtime.client.call(mail.mailboxes_create, _present({**SENDING_ONLY, **given}))
    made = _with_password(runtime, name, password)
    runtime.output.done(made, said=f"Made mailbox '{name}'.", plain=made["id"])


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
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Call it this.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Mail is from this address.")
    ] = None,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="The SMTP server.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Its port.")] = None,
    security: Annotated[Security | None, typer.Option(help="none, starttls or tls.")] = None,
    from_name: FromName = None,
    user: User = None,
    password_stdin: PasswordStdin = False,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it sends at all.")
    ] = None,
) -> None:
    """Change a mailbox; whatever was paused is tried again at once."""
    runtime: Runtime = ctx.obj
    password = _password() if password_stdin else None
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
    row = _find(runtime, name)
    members = {member: row.get(member) for member in WRITTEN} | _present(given)
    request = {"mailbox_id": row["id"], **_present(members)}
    runtime.client.call(mail.mailboxes_update, request)
    edited = _with_password(runtime, new_name or name, password)
    runtime.output.done(edited, said=f"Changed mailbox '{edited['name']}'.", plain=edited["id"])


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti mailbox delete sales --yes"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete a mailbox. One with mail to deliver stays."""
    runtime: Runtime = ctx.obj
    row = _find(runtime, name)
    runtime.confirm(f"Delete mailbox '{name}'?")
    runtime.client.call(mail.mailboxes_delete, {"mailbox_id": row["id"]})
    runtime.output.done(row, said=f"Deleted mailbox '{name}'.", plain=row["id"])


@app.command(
    "test",
    cls=Command,
    epilog=examples("tickiti mailbox test local", "tickiti mailbox test local --timeout 60"),
)
def try_out(
    ctx: typer.Context,
    *,
    name: Name,
    to: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Send it there (the mailbox's own address).")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Wait so long.")] = 30.0,
) -> None:
    """Send a real mail from a mailbox and wait for its server's answer; exit 13 if it is a no.

    The mail stays in the outbox, and leaves when what was wrong is put right.
    """
    runtime: Runtime = ctx.obj
    row = _find(runtime, name)
    subject = f"Test of {name} ({str(uuid4())[:8]})"
    where_to = row["address"] if to is None else address_of(to, "--to")
    request = {"to_address": where_to, "mailbox": name, "subject": subject}
    runtime.client.call(outbox.index, {"limit": 1})  # a vendor's install says no before, not after
    sent = runtime.client.call(classic.send_email, {**request, "content": "It works."}).written
    with carried_out():
        answered = _answered(runtime, str(sent["email_id"]), timeout)
    if answered["state"] != "sent":
        raise ConditionNotMet(f"Mailbox '{name}': {answered['last_error'] or 'no answer yet'}")
    runtime.output.done(answered, said=f"Mailbox '{name}' works.", plain=answered["id"])


def _every(runtime: Runtime) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = runtime.client.call(mail.mailboxes_index, {}).data["mailboxes"]
    return found


def _find(runtime: Runtime, name: str) -> dict[str, Any]:
    for row in _every(runtime):
        if row["name"] == name:
            return row
    raise NothingFound(f"There is no mailbox '{name}'.", hint="See: tickiti mailbox list")


def _with_password(runtime: Runtime, name: str, password: str | None) -> dict[str, Any]:
    """The mailbox as it is now, once its password is set if there is one."""
    if password is not None:
        request = {"mailbox_id": _find(runtime, name)["id"], "field": "smtp_password"}
        runtime.client.call(mail.mailboxes_set_password, {**request, "value": password})
    with carried_out():
        return _find(runtime, name)


def _password() -> str:
    """One line. Raises UsageProblem."""
    password = read_text("-", flag="--password-stdin").rstrip("\r\n")
    if not password or not password.isprintable():
        raise UsageProblem("--password-stdin: expected one line that is not empty.")
    return password


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _answered(runtime: Runtime, mail_id: str, timeout: float) -> dict[str, Any]:
    """The mail's row once a server has answered, or as it is when time is up."""
    deadline = time.monotonic() + timeout
    while True:
        row: dict[str, Any] = runtime.client.call(outbox.show, {"id": mail_id}).data
        is_answered = row["state"] not in ("queued", "claimed") or row["last_error"]
        if is_answered or time.monotonic() >= deadline:
            return {name: row[name] for name in ("id", "to", "mailbox", "state", "last_error")}
        runtime.streams.pause(POLL_SECONDS)
