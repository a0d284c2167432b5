"""completions/_tickiti, for zsh: flags and commands with their help.

The rule of this file: it writes the specifications of `_arguments`; the code that gives them to it
is `scripts/_tickiti`.
"""

import re
from collections.abc import Iterator

from tickiti_cli.surface.scripts import script
from tickiti_cli.surface.tree import Argument, Command, Flag, Kind, Noun, Surface, Value


def render(surface: Surface) -> str:
    return script("_tickiti", "\n".join(_functions(surface)))


def _functions(surface: Surface) -> Iterator[str]:
    yield from _array(
        "_tickiti_global_flags", "flags", [s for f in surface.flags for s in _flag(f)]
    )
    nouns = [_described(noun.name, noun.help) for noun in surface.nouns]
    yield from _array("_tickiti_nouns", "commands", nouns)
    for noun in surface.nouns:
        if noun.is_group:
            yield from _noun(noun)
        for command in noun.commands:
            yield from _command(command)


def _array(function: str, name: str, words: list[str]) -> Iterator[str]:
    yield f"{function}() {{"
    yield f"  {name}=("
    yield from (f"    {_quoted(word)}" for word in words)
    yield "  )"
    yield "}"
    yield ""


def _noun(noun: Noun) -> Iterator[str]:
    verbs = [_described(command.words[-1], command.summary) for command in noun.commands]
    yield from _call(f"_tickiti-{noun.name}", ["_tickiti_noun", noun.name, *verbs])


def _command(command: Command) -> Iterator[str]:
    specifications = [spec for flag in command.flags for spec in _flag(flag)]
    specifications += [_argument(argument) for argument in command.arguments]
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
    """A specification for each of its names; giving one excludes the others."""
    others = "*" if flag.is_repeatable else f"({' '.join(flag.names)})"
    for name in flag.names:
        joint = "" if flag.value is None else "=" if name.startswith("--") else "+"
        value = f":{_value(flag.value, flag.names[-1].lstrip('-'))}" if flag.value else ""
        yield f"{others}{name}{joint}[{_escaped(flag.help, '[]:')}]{value}"


def _argument(argument: Argument) -> str:
    place = "*" if argument.is_repeatable else "" if argument.is_required else ":"
    name = argument.value.metavar.lower()
    return f"{place}:{_value(argument.value, name)}"


def _value(value: Value, name: str) -> str:
    actions = {
        Kind.FILE: "_files",
        Kind.PROFILE: "_tickiti_profiles",
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
