"""completions/tickiti.ps1: flags and commands with their help.

The rule of this file: it writes the script's tables; the code that reads them is
`scripts/tickiti.ps1`. A table with flags for keys would take -f and -F for the same.
"""

from collections.abc import Iterable, Iterator

from tickiti_cli.surface.scripts import script
from tickiti_cli.surface.tree import Flag, Kind, Surface, Value

INDENT = " " * 4


def render(surface: Surface) -> str:
    lines = [*_commands(surface), "", *_flags(surface), "", *_arguments(surface)]
    return script("tickiti.ps1", "\n".join(f"{INDENT}{line}" if line else "" for line in lines))


def _commands(surface: Surface) -> Iterator[str]:
    yield "$commands = @{"
    nouns = [(noun.name, noun.help) for noun in surface.nouns]
    yield from _ordered("", nouns)
    for noun in surface.nouns:
        if noun.is_group:
            verbs = [(command.words[-1], command.summary) for command in noun.commands]
            yield from _ordered(noun.name, verbs)
    yield "}"


def _ordered(path: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"{INDENT}{_quoted(path)} = [ordered]@{{"
    for word, told in entries:
        yield f"{INDENT * 2}{_quoted(word)} = {_quoted(told)}"
    yield f"{INDENT}}}"


def _flags(surface: Surface) -> Iterator[str]:
    places = [("", surface.flags), *((command.path, command.flags) for command in surface.commands)]
    yield "$flags = @{"
    for path, flags in places:
        yield f"{INDENT}{_quoted(path)} = @("
        yield from (f"{INDENT * 2}{_entry(flag)}" for flag in flags)
        yield f"{INDENT})"
    yield "}"


def _entry(flag: Flag) -> str:
    names = ", ".join(_quoted(name) for name in flag.names)
    takes = _taken(flag.value) if flag.value else "$null"
    return f"@{{ names = @({names}); help = {_quoted(flag.help)}; takes = {takes} }}"


def _arguments(surface: Surface) -> Iterator[str]:
    yield "$arguments = @{"
    for command in surface.commands:
        for argument in command.arguments[:1]:
            yield f"{INDENT}{_quoted(command.path)} = {_taken(argument.value)}"
    yield "}"


def _taken(value: Value) -> str:
    words = value.words if value.kind is Kind.WORDS else (f"<{value.kind.value}>",)
    return f"@({', '.join(_quoted(word) for word in words)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
