"""completions/tickiti.bash.

The rule of this file: it writes the script's data; what reads it is `scripts/tickiti.bash`. bash
reads the whole script at the first TAB of a shell. A quoted string costs it a quarter of what the
same lines cost as code, and in a branch that is not taken it is not even unquoted.
"""

import shlex
from collections.abc import Iterable, Iterator

from tickiti_cli.surface.scripts import script
from tickiti_cli.surface.tree import Command, Flag, Kind, Surface, Value


def render(surface: Surface) -> str:
    return script("tickiti.bash", "\n".join(_data(surface)))


def _data(surface: Surface) -> Iterator[str]:
    yield f"__tickiti_nouns={shlex.quote(' '.join(noun.name for noun in surface.nouns))}"
    yield f"__tickiti_global={shlex.quote(_flags(surface.flags))}"
    yield "__tickiti_lines() {"
    yield "    case $1 in"
    for noun in surface.nouns:
        lines = [" ".join(_verb(command) for command in noun.commands)]
        lines += [_line(command) for command in noun.commands]
        yield f"{noun.name}) lines={shlex.quote(chr(10).join(lines))} ;;"
    yield "    esac"
    yield "}"


def _verb(command: Command) -> str:
    """Empty for a noun that is a command itself."""
    return " ".join(command.words[1:])


def _line(command: Command) -> str:
    return f"{_verb(command)}|{_argument(command)}|{_flags(command.flags)}"


def _argument(command: Command) -> str:
    """The first one: no completion needs another."""
    if not command.arguments:
        return ""
    first = command.arguments[0]
    return (_words(first.value) or "<text>") + ("..." if first.is_repeatable else "")


def _flags(flags: Iterable[Flag]) -> str:
    """One that takes a value has a = and what may stand there; short ones count only with one."""
    return " ".join(
        name if flag.value is None else f"{name}={_words(flag.value)}"
        for flag in flags
        for name in flag.names
        if flag.value or name.startswith("--")
    )


def _words(value: Value) -> str:
    """Empty where it is any text."""
    if value.kind is Kind.WORDS:
        return ",".join(value.words)
    return "" if value.kind is Kind.TEXT else f"<{value.kind.value}>"
