"""tests/surface.txt: every command and every flag, a line each.

The rule of this file: a line that goes is a promise broken, so a line says no more than what
scripts rely on.
"""

from collections.abc import Iterator

from tickiti_cli.surface.tree import Command, Flag, Surface


def render(surface: Surface) -> str:
    return "".join(f"{line}\n" for line in _lines(surface))


def _lines(surface: Surface) -> Iterator[str]:
    yield from _flags("tickiti", surface.flags)
    for command in surface.commands:
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
