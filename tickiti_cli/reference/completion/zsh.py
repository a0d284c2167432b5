"""The data of completions/_tickiti, for zsh: flags and commands with their help.

Rule: this file writes specifications of `_arguments`; the functions of `shells/_tickiti` pass them.
"""

import re
from collections.abc import Iterator, Sequence

from tickiti_cli.reference.completion.scripts import script
from tickiti_cli.reference.tree import Argument, Command, CommandTree, Flag, Group, Kind, Value


def render(tree: CommandTree) -> str:
    return script("_tickiti", "\n".join(_functions(tree)))


def _functions(tree: CommandTree) -> Iterator[str]:
    yield from _array("_tickiti_global_flags", "flags", [s for f in tree.flags for s in _flag(f)])
    nouns = [_described(noun.name, noun.help) for noun in tree.nouns]
    yield from _array("_tickiti_nouns", "commands", nouns)
    for noun in tree.nouns:
        for group in noun.groups:
            yield from _group(group)
        for command in noun.commands:
            yield from _command(command)


def _array(function: str, name: str, words: list[str]) -> Iterator[str]:
    yield f"{function}() {{"
    yield f"  {name}=("
    yield from (f"    {_quoted(word)}" for word in words)
    yield "  )"
    yield "}"
    yield ""


def _group(group: Group) -> Iterator[str]:
    name = "-".join(group.words)
    entries = [_described(word, summary) for word, summary in group.entries]
    yield from _call(f"_tickiti-{name}", ["_tickiti_group", name, *entries])


def _command(command: Command) -> Iterator[str]:
    specifications = [spec for flag in command.flags for spec in _flag(flag)]
    specifications += _arguments(command.arguments)
    shadowed = " ".join(sorted(command.shadowed))
    name = "-".join(command.words)
    yield from _call(f"_tickiti-{name}", ["_tickiti_command", shadowed, *specifications])


def _call(function: str, words: list[str]) -> Iterator[str]:
    called, first, *others = words
    yield f"{function}() {{"
    lines = [f"  {called} {_quoted(first)}", *(f"    {_quoted(word)}" for word in others)]
    yield " \\\n".join(lines)
    yield "}"
    yield ""


def _flag(flag: Flag) -> Iterator[str]:
    """One specification for each name of the flag; one name excludes the others."""
    others = "*" if flag.is_repeatable else f"({' '.join(flag.names)})"
    for name in flag.names:
        joint = "" if flag.value is None else "=" if name.startswith("--") else "+"
        value = f":{_value(flag.value, flag.names[-1].lstrip('-'))}" if flag.value else ""
        yield f"{others}{name}{joint}[{_escaped(flag.help, '[]:')}]{value}"


def _arguments(arguments: Sequence[Argument]) -> Iterator[str]:
    """One specification for each. Arguments after a repeated argument are like the last one."""
    is_repeated = False
    for place, argument in enumerate(arguments, 1):
        is_last = place == len(arguments)
        is_repeated |= argument.is_repeatable
        mark = "*" if is_last and is_repeated else "" if argument.is_required else ":"
        yield f"{mark}:{_value(argument.value, argument.value.metavar.lower())}"


def _value(value: Value, name: str) -> str:
    actions = {
        Kind.FILE: "_files",
        Kind.NAMES: f"_tickiti_names {_escaped(','.join((value.names, *value.words)), ':')}",
        Kind.TEXT: " ",
        Kind.WORDS: f"({' '.join(_escaped(word, ':') for word in value.words)})",
    }
    return f"{_escaped(name, ':')}:{actions[value.kind]}"


def _described(word: str, help_line: str) -> str:
    return f"{_escaped(word, ':')}:{help_line}"


def _escaped(text: str, specials: str) -> str:
    return re.sub(f"[{re.escape(specials)}\\\\]", r"\\\g<0>", text)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
