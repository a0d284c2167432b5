"""tests/surface.txt lists every command and every flag, one a line.

Rule: a line holds only what scripts rely on, because a line that disappears breaks a script.
"""

from collections.abc import Iterator
from dataclasses import replace

from tickiti_cli.reference.tree import Command, CommandTree, Flag


def render(tree: CommandTree) -> str:
    return "".join(f"{line}\n" for line in _lines(tree))


def _lines(tree: CommandTree) -> Iterator[str]:
    yield from _flags("tickiti", tree.flags)
    meant = {(*group.words, group.default): group.words for group in tree.groups if group.default}
    for command in tree.commands:
        if command.words in meant:  # works without its verb too
            yield from _command(replace(command, words=meant[command.words]))
        yield from _command(command)


def _command(command: Command) -> Iterator[str]:
    yield _usage(command)
    yield from _flags(f"tickiti {command.path}", command.flags)


def _usage(command: Command) -> str:
    words = [f"tickiti {command.path}"]
    for argument in command.arguments:
        name = argument.value.metavar.removesuffix("...")
        name += "..." if argument.is_repeatable else ""
        words.append(name if argument.is_required else f"[{name}]")
    return " ".join(words)


def _flags(where: str, flags: tuple[Flag, ...]) -> Iterator[str]:
    for flag in flags:
        value = f" {flag.value.metavar}" if flag.value else ""
        for name in flag.names:
            yield f"{where} {name}{value}"
