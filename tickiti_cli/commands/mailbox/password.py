"""The SMTP password of a mailbox: read from standard input, and sent in a request of its own."""

import shlex
from typing import Any

from tickiti_cli.api import lookup
from tickiti_cli.api.journal.outcome import partly_done
from tickiti_cli.api.reply import Accepted
from tickiti_cli.contract.v1 import mail
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import read_text
from tickiti_cli.runtime import Runtime


def with_password(
    runtime: Runtime, name: str, password: str | None, sent: dict[str, Any]
) -> Accepted:
    """Set the password of a mailbox that was just saved, where one is given, and return the mailbox
    as it is now; `sent`, where it cannot be read."""
    if password is not None:
        way_on = f"tickiti mailbox edit {shlex.quote(name)} --password-stdin"
        with partly_done(f"Everything except the password is saved. To set it: {way_on}"):
            _set(runtime, name, password)
    return lookup.written_row(runtime.client, lookup.NAMED_MAILBOX, name, sent)


def _set(runtime: Runtime, name: str, password: str) -> None:
    mailbox = lookup.row_of(runtime.client, lookup.NAMED_MAILBOX, name)
    request = {"mailbox_id": mailbox["id"], "field": "smtp_password", "value": password}
    runtime.client.call(mail.mailboxes_set_password, request)


def read_password() -> str:
    """Read one line from standard input. Raises UsageProblem."""
    password = read_text("-", flag="--password-stdin").rstrip("\r\n")
    if not password or not password.isprintable():
        raise UsageProblem("--password-stdin: expected one line that is not empty.")
    return password
