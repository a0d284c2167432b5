"""The data of completions/tickiti.bash, which the functions of `shells/tickiti.bash` read.

Rule: the data is quoted strings, because bash parses the whole script at the first TAB of a shell.
A string costs a quarter of the same lines as code, and nothing in a `case` branch not taken. So the
functions of `shells/rare.bash`, which few TABs need, are a string as well.
"""

import shlex
from collections.abc import Iterable, Iterator

from tickiti_cli.reference.completion.scripts import part, script
from tickiti_cli.reference.tree import Command, CommandTree, Flag, Group, Kind, Value


def render(tree: CommandTree) -> str:
    return script("tickiti.bash", "\n".join(_data(tree)))


def _data(tree: CommandTree) -> Iterator[str]:
    yield f"__tickiti_rare={shlex.quote(part('rare.bash'))}"
    yield f"__tickiti_nouns={shlex.quote(' '.join(noun.name for noun in tree.nouns))}"
    yield f"__tickiti_global={shlex.quote(_flags(tree.flags))}"
    yield "__tickiti_lines() {"
    yield "    case $1 in"
    for noun in tree.nouns:
        lines = [_names(group) for group in noun.groups[:1]] or [""]
        lines += [_group_line(group) for group in noun.groups[1:]]
        lines += [_line(command) for command in noun.commands]
        yield f"{noun.name}) lines={shlex.quote(chr(10).join(lines))} ;;"
    yield "    esac"
    yield "}"


def _verb(command: Command | Group) -> str:
    """The name behind the noun; empty for a noun without verbs."""
    return " ".join(command.words[1:])


def _names(group: Group) -> str:
    return " ".join(name for name, _ in group.entries)


def _group_line(group: Group) -> str:
    """A group within a noun: its commands stand in place of an argument."""
    return f"{_verb(group)}|>{_names(group)}|"


def _line(command: Command) -> str:
    return f"{_verb(command)}|{_argument(command)}|{_flags(command.flags)}"


def _argument(command: Command) -> str:
    """The kinds of values of each argument, separated by spaces."""
    return " ".join(
        (_words(argument.value) or "<text>") + ("..." if argument.is_repeatable else "")
        for argument in command.arguments
    )


def _flags(flags: Iterable[Flag]) -> str:
    """Flags separated by spaces: `--name`, or `--name=words` for a flag that takes a value.

    A short switch is left out: a word behind it is completed in the same way.
    """
    return " ".join(
        name if flag.value is None else f"{name}={_words(flag.value)}"
        for flag in flags
        for name in flag.names
        if flag.value or name.startswith("--")
    )


def _words(value: Value) -> str:
    """The offered words, or `<file>`, or `<queue>` for names; empty for free text."""
    if value.kind in (Kind.WORDS, Kind.NAMES):
        return ",".join(value.sources)
    return "" if value.kind is Kind.TEXT else f"<{value.kind.value}>"
