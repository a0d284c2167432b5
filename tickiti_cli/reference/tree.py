"""The command line as plain data: every command, its flags and its arguments.

The rule of this file: it adds nothing to what the command tree says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.main import get_command

from tickiti_cli.app import app
from tickiti_cli.command import GLOBAL, PROFILES
from tickiti_cli.nouns import NOUNS

FILE_METAVARS = frozenset({"FILE", "PATH", "DIR"})
"""Also as a part of a metavar: FILE[=NAME], PATH..."""


class Kind(Enum):
    """What can stand for a value. WORDS are all there are, or the likely ones."""

    TEXT = "text"
    FILE = "file"
    PROFILE = "profile"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Value:
    """What a flag or an argument takes, under the name it has in help."""

    metavar: str
    kind: Kind
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """`names` as in help, the short one first; `value` is None for a switch."""

    names: tuple[str, ...]
    help: str
    value: Value | None
    is_required: bool
    is_repeatable: bool
    default: str

    @property
    def long(self) -> str:
        return self.names[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    value: Value
    help: str
    is_required: bool
    is_repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`words` are what is typed after `tickiti`; `shadowed` global flags mean its own here."""

    words: tuple[str, ...]
    help: str
    flags: tuple[Flag, ...]
    arguments: tuple[Argument, ...]
    shadowed: frozenset[str]
    examples: tuple[str, ...]

    @property
    def path(self) -> str:
        return " ".join(self.words)

    @property
    def summary(self) -> str:
        """The first sentence of its help."""
        return self.help.partition(". ")[0].rstrip(".") + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A noun with its verbs; one that is a command itself has that command alone."""

    name: str
    help: str
    commands: tuple[Command, ...]

    @property
    def is_group(self) -> bool:
        return self.commands[0].words != (self.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    help: str
    flags: tuple[Flag, ...]
    """The global ones, which stand before or after any command."""

    nouns: tuple[Noun, ...]
    examples: tuple[str, ...]

    @property
    def commands(self) -> Iterator[Command]:
        for noun in self.nouns:
            yield from noun.commands


def read() -> Surface:
    """Imports every noun."""
    root = get_command(app)
    context = typer.Context(root, **root.context_settings)
    shared = [*root.params, root.get_help_option(context)]
    return Surface(
        help=_sentences(root),
        flags=tuple(_flag(option, context) for option in shared if option),
        nouns=tuple(_noun(root.get_command(context, name), name) for name in NOUNS),  # type: ignore[attr-defined]
        examples=_examples(root),
    )


def _noun(command: Any, name: str) -> Noun:
    return Noun(name=name, help=NOUNS[name], commands=tuple(_commands(command, (name,))))


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[Command]:
    context = typer.Context(command)
    if not hasattr(command, "list_commands"):
        yield _command(command, words, context)
        return
    for name in command.list_commands(context):
        yield from _commands(command.get_command(context, name), (*words, name))


def _command(command: Any, words: tuple[str, ...], context: Any) -> Command:
    own = [parameter for parameter in command.params if parameter not in command.inherited]
    flags = [_flag(option, context) for option in own if option.param_type_name == "option"]
    shadowed = [option for option in GLOBAL if option not in command.inherited]
    return Command(
        words=words,
        help=_sentences(command),
        flags=tuple(flags),
        arguments=tuple(_argument(p, context) for p in own if p.param_type_name == "argument"),
        shadowed=frozenset(name for option in shadowed for name in option.opts),
        examples=_examples(command),
    )


def _flag(option: Any, context: Any) -> Flag:
    default = option.default
    is_told = not option.is_flag and default not in (None, (), []) and not option.required
    return Flag(
        names=tuple(sorted((*option.opts, *option.secondary_opts), key=len)),
        help=option.help or "",
        value=None if option.is_flag else _value(option, context),
        is_required=option.required,
        is_repeatable=option.multiple,
        default=_text(default) if is_told else "",
    )


def _argument(argument: Any, context: Any) -> Argument:
    return Argument(
        value=_value(argument, context),
        help=argument.help or "",
        is_required=argument.required,
        is_repeatable=argument.nargs == -1,
    )


def _value(parameter: Any, context: Any) -> Value:
    offered = [item.value for item in parameter.shell_complete(context, "")]
    choices = getattr(parameter.type, "choices", None)
    words = tuple(str(getattr(word, "value", word)) for word in choices or offered if word)
    metavar = parameter.metavar or (
        "|".join(words) if choices else parameter.name.upper().replace("_", "-")
    )
    if words == (PROFILES,):
        return Value(metavar, Kind.PROFILE)
    if words:
        return Value(metavar, Kind.WORDS, words)
    is_file = not FILE_METAVARS.isdisjoint(re.findall("[A-Z]+", metavar))
    return Value(metavar, Kind.FILE if is_file else Kind.TEXT)


def _text(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(getattr(default, "value", default))


def _sentences(command: Any) -> str:
    return " ".join((command.help or "").split())


def _examples(command: Any) -> tuple[str, ...]:
    return tuple(line.strip() for line in (command.epilog or "").splitlines()[1:])
