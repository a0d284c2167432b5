"""The nouns of the command line. The module of a noun is imported when the noun is used.

Rule: a line here and a module of that name in `commands/` make a noun.
"""

import shlex
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.parser.groups import LateGroup, module_of
from tickiti_cli.runtime import Runtime

GROUPS: dict[str, dict[str, str]] = {
    "Tickets": {
        "ticket": "Create, answer, list and view tickets",
        "response": "List, edit and export ticket responses",
        "attachment": "List, download and delete attachments",
        "report": "Show reports on tickets and staff",
        "perspective": "Manage saved ticket views (perspectives)",
        "watchlist": "Manage watchlists",
        "hashtag": "List and delete hashtags",
    },
    "Mail": {
        "email": "Send e-mail",
        "mailbox": "Manage outgoing mailboxes",
        "outbox": "Inspect, retry and cancel outgoing mail",
        "template": "Manage and render templates",
        "stock-response": "Manage canned responses",
        "faq": "List frequently asked questions",
    },
    "Administration": {
        "token": "Create, rotate, revoke and find API tokens",
        "user": "Manage users and their queue rights",
        "team": "Manage teams",
        "staff": "List staff",
        "queue": "Manage queues",
        "resolution": "Manage resolutions for closed tickets",
        "escalation": "Manage escalation rules and business hours",
        "intervention": "Manage interventions (approval requests)",
        "callback": "Inspect, resend and receive webhooks",
        "skill": "Manage skills of the AI assistant",
    },
    "Server": {
        "server": "Run and inspect the bundled server",
        "doctor": "Diagnose configuration and connection",
        "op": "Inspect and resume unfinished operations",
        "idempotency": "Create idempotency keys",
        "api": "Call any API endpoint",
    },
    "Your setup": {
        "init": "Set up tickiti, from nothing to the first ticket",
        "auth": "Log in, log out and check your token",
        "profile": "Manage profiles (servers and their tokens)",
        "alias": "List, set and delete aliases of commands",
        "config": "View and change settings",
        "status": "Show server, token and open problems",
        "completion": "Generate shell completion scripts",
        "man": "Show the manual",
        "help": "Show help for a command or topic",
        "version": "Show the version",
    },
}
"""The groups of nouns in help, and the summary of each noun: imperative, under 50 characters."""

NOUNS = {noun: summary for nouns in GROUPS.values() for noun, summary in nouns.items()}


TOPICS = {
    "exit-codes": "Exit codes, and whether to try again",
    "environment": "Environment variables",
    "output": "Output formats, jq, watching and colour",
    "idempotency": "Idempotency keys, retries and resuming writes",
    "tokens": "Where tokens come from and how to rotate them",
    "cron": "Scheduled jobs with cron and systemd",
    "testing": "A server to test your programs against",
    "postgresql": "PostgreSQL as the bundled server's database",
    "python": "The client for programs in Python",
}
"""The topics of `tickiti help`. The text of each topic is in `reference/manual/prose/`."""


class NounGroup(LateGroup):
    """The root group. It shows the help of every noun without importing one."""

    is_root = True

    def names(self) -> Sequence[str]:
        return list(NOUNS)

    def made(self, name: str) -> Any:
        return load(name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the words of an alias in its place. A command comes first, so that no alias hides
        one; an alias within an alias is an unknown command."""
        if args[0] not in NOUNS and isinstance(ctx.obj, Runtime):
            args = [*_words_of_alias(ctx.obj, args[0]), *args[1:]]
        return super().resolve_command(ctx, args)

    def listed(self, ctx: Any) -> Mapping[str, Sequence[tuple[str, str]]]:  # noqa: ARG002
        return {title.upper(): [*nouns.items()] for title, nouns in GROUPS.items()}

    def topics(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The topics of `tickiti help`, as its list of commands."""
        return {"HELP TOPICS": [(f"tickiti help {name}", said) for name, said in TOPICS.items()]}


def _words_of_alias(runtime: Runtime, name: str) -> Sequence[str]:
    """The words of the user's alias; the name itself where there is none. Raises UsageProblem."""
    # Not `runtime.config`, which is made of all flags, and those of the command are not read yet.
    from tickiti_cli.config.resolution import Config  # noqa: PLC0415 - not for a known command

    try:
        line = Config(GlobalFlags(), runtime.environ).aliases.get(name)
    except ConfigProblem:
        return [name]  # a mistyped command may be the attempt to repair the file
    try:
        words = [name] if line is None else shlex.split(line)
    except ValueError:
        words = []
    if not words:
        raise UsageProblem(
            f"The alias '{name}' is not a command line: {line}",
            hint=f"Change it: tickiti alias set {name} WORDS",
        )
    return words


def load(name: str) -> Any:
    """Import a noun and return its command or group."""
    module = import_module(f"tickiti_cli.commands.{module_of(name)}")
    app: typer.Typer = module.app
    command = get_command(app)
    command.name = name
    if not command.help:  # that of a noun with verbs
        command.help = NOUNS[name]
    return command
