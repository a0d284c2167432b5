"""The nouns of the command line; a noun's module is imported when it is used.

The rule of this file: a line here and a module of that name in `commands/` make a noun.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from tickiti_cli.command import GLOBAL
from tickiti_cli.groups import LateGroup

NOUNS: dict[str, str] = {
    "ticket": "Open, answer, list and show tickets.",
    "response": "What was said on tickets.",
    "attachment": "The images of what was said.",
    "template": "Texts with placeholders: list, change, render; a folder of them.",
    "queue": "Where tickets lie: list, make, rename, empty.",
    "perspective": "Saved views of the list of tickets.",
    "intervention": "Decisions that another system asks a person to take.",
    "callback": "What other systems are told of decisions: list, show, resend, receive.",
    "email": "Send e-mail.",
    "mailbox": "The addresses that mail is sent from.",
    "outbox": "The bundled server's outgoing mail: list, show, wait, release.",
    "token": "Mint, list, rotate and revoke tokens; find leaked ones.",
    "idempotency": "Keys that make a write happen once.",
    "op": "Writes that were begun: look at them, finish them.",
    "auth": "Log in to a server, and out.",
    "profile": "Servers you have logged in to.",
    "config": "Settings: show them, change them, see where they come from.",
    "doctor": "Find what is wrong here, and what to do about it.",
    "api": "Call any endpoint.",
    "server": "Run the bundled server.",
    "completion": "Complete commands when TAB is pressed.",
    "man": "Show the manual.",
    "help": "Explain a topic: exit codes, cron jobs and others.",
    "version": "Show the version.",
}


class NounGroup(LateGroup):
    """The root group: knows its nouns by name, and their help without importing them."""

    def names(self) -> Sequence[str]:
        return list(NOUNS)

    def made(self, name: str) -> Any:
        return load(name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        records = [option.get_help_record(ctx) for option in GLOBAL]
        with formatter.section("Global flags, before or after the command"):
            formatter.write_dl([record for record in records if record])


def load(name: str) -> Any:
    """The command or group of one noun."""
    module = import_module(f"tickiti_cli.commands.{name}")
    app: typer.Typer = module.app
    command = get_command(app)
    command.name = name
    return command
