"""The tables of completions/tickiti.ps1: flags and commands with their help.

Rule: this file writes tables; the code of `shells/tickiti.ps1` reads them. Flags are not the keys
of a table, because PowerShell compares keys without case: -f and -F would be the same flag.
"""

from collections.abc import Iterable, Iterator

from tickiti_cli.reference.completion.scripts import script
from tickiti_cli.reference.tree import Argument, CommandTree, Flag, Kind, Value

INDENT = " " * 4


def render(tree: CommandTree) -> str:
    lines = [*_commands(tree), "", *_flags(tree), "", *_arguments(tree)]
    return script("tickiti.ps1", "\n".join(f"{INDENT}{line}" if line else "" for line in lines))


def _commands(tree: CommandTree) -> Iterator[str]:
    yield "$commands = @{"
    nouns = [(noun.name, noun.help) for noun in tree.nouns]
    yield from _ordered("", nouns)
    for group in tree.groups:
        yield from _ordered(group.path, group.entries)
    yield "}"


def _ordered(path: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"{INDENT}{_quoted(path)} = [ordered]@{{"
    for word, summary in entries:
        yield f"{INDENT * 2}{_quoted(word)} = {_quoted(summary)}"
    yield f"{INDENT}}}"


def _flags(tree: CommandTree) -> Iterator[str]:
    places = [("", tree.flags), *((command.path, command.flags) for command in tree.commands)]
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


def _arguments(tree: CommandTree) -> Iterator[str]:
    yield "$arguments = @{"
    for command in tree.commands:
        if command.arguments:
            yield f"{INDENT}{_quoted(command.path)} = @("
            yield from (f"{INDENT * 2}{_argument(argument)}" for argument in command.arguments)
            yield f"{INDENT})"
    yield "}"


def _argument(argument: Argument) -> str:
    """A table, because an array of arrays with one element is that element."""
    many = "$true" if argument.is_repeatable else "$false"
    return f"@{{ takes = {_taken(argument.value)}; many = {many} }}"


def _taken(value: Value) -> str:
    is_listed = value.kind in (Kind.WORDS, Kind.NAMES)
    words = value.sources if is_listed else (f"<{value.kind.value}>",)
    return f"@({', '.join(_quoted(word) for word in words)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
