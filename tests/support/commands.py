"""Every command of the parser."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from tickiti_cli.parser.app import app
from tickiti_cli.parser.command import Command


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with the words that lead to it."""
    yield path, command
    context = typer.Context(command)
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from walk(command.get_command(context, name), (*path, name))


TREE = list(walk(get_command(app)))


LEAVES = [(path, command) for path, command in TREE if isinstance(command, Command)]
