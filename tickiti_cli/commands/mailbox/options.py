"""The flags that several verbs of `tickiti mailbox` share."""

from enum import StrEnum
from typing import Annotated

import typer


class Security(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


Name = Annotated[str, typer.Argument(metavar="MAILBOX", help="Mailbox name")]

FromName = Annotated[str | None, typer.Option(metavar="TEXT", help="Sender's name")]

User = Annotated[str | None, typer.Option(metavar="USER", help="SMTP user name")]

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the SMTP password from stdin")
]
