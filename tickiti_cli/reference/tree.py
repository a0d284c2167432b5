"""The command line as plain data: every command, its flags and its arguments.

Rule: the data holds only what Typer's command tree says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.main import get_command

from tickiti_cli.parser.app import app
from tickiti_cli.parser.global_flags import GLOBAL
from tickiti_cli.parser.help.page import meaning, names_of
from tickiti_cli.parser.help.phrases import sentences, summary
from tickiti_cli.parser.registry import NOUNS

FILE_METAVARS = frozenset({"FILE", "PATH", "DIR"})
"""Metavars that stand for a file. They may be part of a longer one: FILE[=NAME], PATH..."""

NAMES = {
    "QUEUE": "queue",
    "PERSPECTIVE": "perspective",
    "WATCHLIST": "watchlist",
    "MAILBOX": "mailbox",
    "RESOLUTION": "resolution",
    "TEAM": "team",
}
"""Metavars that stand for a name of that kind; another one says so: `offering("<token>")`."""


class Kind(Enum):
    """The kind of text that a value takes. WORDS lists all values, or the likely ones. NAMES are
    those of the user's profiles or of rows on the server, with or without words beside them."""

    TEXT = "text"
    FILE = "file"
    NAMES = "names"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a flag or an argument, under its name in help."""

    metavar: str
    kind: Kind
    words: tuple[str, ...] = ()
    names: str = ""
    """The kind of the names, as its lists are called: `queue`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The kind of the names as `<queue>`, then the words."""
        return (f"<{self.names}>", *self.words) if self.names else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """`names` are the names in help, the short one first. `value` is None for a switch."""

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
    """`words` are typed after `tickiti`. A flag of the command hides the `shadowed` global ones."""

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
        """The first sentence of the command's help, without its full stop."""
        return summary(self.help)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A noun with verbs, or a group within one, such as `skill action`."""

    words: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    """The name and the summary of each command and group directly in it."""

    default: str = ""
    """The command that is meant where none is typed."""

    @property
    def path(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A noun with its verbs. A noun without verbs has one command, named like the noun."""

    name: str
    help: str
    commands: tuple[Command, ...]
    groups: tuple[Group, ...]
    """The noun itself, then the groups within it; none for a noun without verbs."""

    @property
    def is_group(self) -> bool:
        return bool(self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTree:
    """All nouns, and the texts and flags of `tickiti` itself."""

    help: str
    flags: tuple[Flag, ...]
    """The global flags, which stand before or after any command."""

    nouns: tuple[Noun, ...]
    examples: tuple[str, ...]

    @property
    def commands(self) -> Iterator[Command]:
        for noun in self.nouns:
            yield from noun.commands

    @property
    def groups(self) -> Iterator[Group]:
        for noun in self.nouns:
            yield from noun.groups


def read_tree() -> CommandTree:
    """The tree of the whole program. Imports every command."""
    root = get_command(app)
    context = typer.Context(root, **root.context_settings)
    shared = [*root.params, root.get_help_option(context)]
    return CommandTree(
        help=_sentences(root),
        flags=tuple(_flag(option, context) for option in shared if option),
        nouns=tuple(_noun(root.get_command(context, name), name) for name in NOUNS),  # type: ignore[attr-defined]
        examples=_examples(root),
    )


def _noun(command: Any, name: str) -> Noun:
    return Noun(
        name=name,
        help=NOUNS[name],
        commands=tuple(_commands(command, (name,))),
        groups=tuple(_groups(command, (name,))),
    )


def _groups(command: Any, words: tuple[str, ...]) -> Iterator[Group]:
    if not hasattr(command, "list_commands"):
        return
    context = typer.Context(command)
    names = command.list_commands(context)
    inner = {name: command.get_command(context, name) for name in names}
    entries = tuple((name, summary(_sentences(found))) for name, found in inner.items())
    yield Group(words=words, entries=entries, default=getattr(command, "default", ""))
    for name, found in inner.items():
        yield from _groups(found, (*words, name))


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
    has_default = not option.is_flag and default not in (None, (), []) and not option.required
    return Flag(
        names=tuple(names_of(option)),
        help=meaning(option),
        value=None if option.is_flag else _value(option, context),
        is_required=option.required,
        is_repeatable=option.multiple,
        default=_text(default) if has_default else "",
    )


def _argument(argument: Any, context: Any) -> Argument:
    return Argument(
        value=_value(argument, context),
        help=meaning(argument),
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
    names = next((word[1:-1] for word in words if word.startswith("<")), NAMES.get(metavar, ""))
    if names:
        beside = tuple(word for word in words if not word.startswith("<"))
        return Value(metavar, Kind.NAMES, beside, names)
    if words:
        return Value(metavar, Kind.WORDS, words)
    is_file = not FILE_METAVARS.isdisjoint(re.findall("[A-Z]+", metavar))
    return Value(metavar, Kind.FILE if is_file else Kind.TEXT)


def _text(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(getattr(default, "value", default))


def _sentences(command: Any) -> str:
    return sentences(command.help or "")


def _examples(command: Any) -> tuple[str, ...]:
    return tuple(line.strip() for line in (command.epilog or "").splitlines()[1:])
