"""Flags and arguments that several nouns share, and how their text becomes a value."""

import re
from typing import Annotated

import typer

from tickiti_cli.encoding import is_number
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime


def ticket_number(text: str) -> int:
    """The number of a ticket: `220009`, or `#220009` as people write it.

    Raises typer.BadParameter.
    """
    digits = text.strip().removeprefix("#")
    if not (is_number(digits) and int(digits)):
        raise typer.BadParameter(f"'{text}' is not a ticket number such as 220009.")
    return int(digits)


Number = Annotated[
    int,
    typer.Argument(metavar="NUMBER", parser=ticket_number, help="Ticket number, such as 220009"),
]
Token = Annotated[
    str | None,
    typer.Argument(
        metavar="ID|NAME",
        help="Token ID, or a name for its newest active token",
        autocompletion=offering("<token>"),
    ),
]
OwnToken = Annotated[bool, typer.Option("--self", help="The token in use")]
Since = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="On or after DATE, such as 2026-11-24, yesterday or -7d"),
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="On or before DATE")]
Install = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DEST",
        help="Install the token in file:PATH or profile:NAME",
        autocompletion=offering("file:", "profile:"),
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE",
        help="Database file or PostgreSQL URL (default: a file in your data directory)",
    ),
]

ServerName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Server name (default: local)",
        autocompletion=offering("<profile>"),
    ),
]


def sender_of(runtime: Runtime, given: str | None) -> str:
    """The address of --from, else the profile's. Raises UsageProblem."""
    if given is not None:
        return address_of(given, "--from")
    if found := profiles_sender(runtime):
        return found
    raise UsageProblem(
        "Missing address: add --from EMAIL.",
        hint=f"To set it once: {set_sender(runtime)}",
    )


def set_sender(runtime: Runtime) -> str:
    """The command that makes an address stand for --from in the profile in use."""
    profile = runtime.config.connection.profile or "NAME"
    return f"tickiti config set profiles.{profile}.from EMAIL"


def profiles_sender(runtime: Runtime) -> str | None:
    """The address that stands for --from in the profile. Raises UsageProblem."""
    connection = runtime.config.connection
    found = connection.members.get("from")
    return address_of(found, f"profiles.{connection.profile}.from") if found else None


def identifier_of(text: str, flag: str) -> str:
    """The identifier of a template or a stock response, which scripts and file names hold.

    Raises UsageProblem, which names the flag.
    """
    if not re.fullmatch(r"\w[\w.+-]*", text):
        raise UsageProblem(
            f"{flag}: '{text}' is not an identifier: use letters, digits, '.', '_' and '-', as in "
            "warranty.received."
        )
    return text


def address_of(text: str, flag: str) -> str:
    """The text, if it looks like an e-mail address. The server checks more.

    Raises UsageProblem, which names the flag.
    """
    name, _, host = text.strip().rpartition("@")
    if not name or not host or len(text.split()) != 1:
        raise UsageProblem(
            f"{flag}: '{text}' is not an e-mail address such as marcus@trailblazers-club.example."
        )
    return text
