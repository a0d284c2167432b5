"""completions/tickiti.bash.

The rule of this file: it writes the script's tables; the code that reads them is
`scripts/tickiti.bash`.
"""

import shlex
from collections.abc import Iterable, Iterator

from tickiti_cli.surface.scripts import script
from tickiti_cli.surface.tree import Command, Flag, Kind, Surface, Value


def render(surface: Surface) -> str:
    return script("tickiti.bash", "\n".join(_tables(surface)))


def _tables(surface: Surface) -> Iterator[str]:
    yield f"__tickiti_global_flags={_quoted(flag.long for flag in surface.flags)}"
    yield ""
    yield "# What may follow the command $1: commands, or flags and an argument."
    yield "__tickiti_at() {"
    yield "    commands='' flags='' argument=''"
    yield "    case $1 in"
    yield f"        '') commands={_quoted(noun.name for noun in surface.nouns)} ;;"
    for noun in surface.nouns:
        if noun.is_group:
            verbs = _quoted(command.words[-1] for command in noun.commands)
            yield f"        {noun.name}) commands={verbs} ;;"
    for command in surface.commands:
        yield f"        {shlex.quote(command.path)}) {_at(command)} ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield "# What the flag $2 of the command $1 takes; fails for a switch and for what is unknown."
    yield "__tickiti_value() {"
    yield "    case $1 in"
    for command in surface.commands:
        if taking := [flag for flag in command.flags if flag.value]:
            yield f"        {shlex.quote(command.path)})"
            yield from _values(taking, " " * 12)
            yield "            ;;"
    yield "    esac"
    yield from _values([flag for flag in surface.flags if flag.value], " " * 4)
    yield "    return 1"
    yield "}"


def _at(command: Command) -> str:
    flags = f"flags={_quoted(flag.long for flag in command.flags)}"
    if not command.arguments:
        return flags
    first = command.arguments[0]
    many = "..." if first.is_repeatable else ""
    return f"{flags} argument={shlex.quote(_taken(first.value) + many)}"


def _values(flags: Iterable[Flag], indent: str) -> Iterator[str]:
    """A case of the flags, those that take the same together."""
    alike: dict[str, list[str]] = {}
    for flag in flags:
        assert flag.value is not None
        alike.setdefault(_taken(flag.value), []).extend(flag.names)
    yield f"{indent}case $2 in"
    for taken, names in alike.items():
        yield f"{indent}    {' | '.join(names)}) value={shlex.quote(taken)} && return ;;"
    yield f"{indent}esac"


def _taken(value: Value) -> str:
    return " ".join(value.words) if value.kind is Kind.WORDS else f"<{value.kind.value}>"


def _quoted(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))
