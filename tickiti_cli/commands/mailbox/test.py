"""`tickiti mailbox test`: sends a real mail and waits until the SMTP server answers."""

import time
from contextlib import suppress
from typing import Annotated, Any
from uuid import uuid4

import typer

from tickiti_cli.api import lookup
from tickiti_cli.api.journal.outcome import carried_out
from tickiti_cli.commands.mailbox.options import Name
from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import outbox
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.input.author import person_of
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

POLL_SECONDS = 0.2


@app.command(
    cls=Command,
    epilog=examples("tickiti mailbox test local", "tickiti mailbox test local --timeout 60"),
)
def send_test_mail(
    ctx: typer.Context,
    *,
    name: Name,
    to: Annotated[
        str | None,
        typer.Option(metavar="EMAIL", help="Recipient (default: the mailbox's own address)"),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 30.0,
) -> None:
    """Send a test mail from a mailbox

    Waits for the SMTP server's answer. Exits with 13 if the mail is rejected or the time is up; the
    mail then stays in the outbox and is delivered once the problem is fixed.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.MAILBOX, name)
    name = str(row["name"])  # the server knows a mailbox by its exact name alone
    subject = f"Test of {name} ({str(uuid4())[:8]})"
    where_to = row["address"] if to is None else person_of(runtime, to, "--to")
    request = {"to_address": where_to, "mailbox": name, "subject": subject}
    # A vendor's install has no outbox: fail before a mail is sent, not after.
    runtime.client.call(outbox.index, {"limit": 1})
    sent = runtime.client.call(classic.send_email, {**request, "content": "It works."}).written
    mail_id = str(sent["email_id"])
    with carried_out():
        if row.get("paused_until"):
            _release(runtime, mail_id)
        answered = _wait_for_answer(runtime, mail_id, timeout)
    if answered["state"] != "sent":
        with carried_out(is_told=True):
            raise ConditionNotMet(f"Mailbox '{name}': {answered['last_error'] or 'no answer yet'}")
    runtime.output.done(answered, said=f"Mailbox '{name}' works.", plain=answered["id"])


def _release(runtime: Runtime, mail_id: str) -> None:
    """End the pause of the mailbox, after which the mail is tried at once. The pause has the error
    of an earlier attempt, and this is to find out whether that still holds."""
    with suppress(ApiError):  # the pause has ended by itself, and the mail is on its way
        runtime.client.call(outbox.release, {"id": mail_id})


def _wait_for_answer(runtime: Runtime, mail_id: str, timeout: float) -> dict[str, Any]:
    """Poll until the SMTP server has answered or time is up, and return the mail's row."""
    deadline = time.monotonic() + timeout
    while True:
        row: dict[str, Any] = runtime.client.call(outbox.show, {"id": mail_id}).data
        is_answered = row["state"] not in ("queued", "claimed") or row["last_error"]
        if is_answered or time.monotonic() >= deadline:
            return {name: row[name] for name in ("id", "to", "mailbox", "state", "last_error")}
        runtime.streams.pause(POLL_SECONDS)
