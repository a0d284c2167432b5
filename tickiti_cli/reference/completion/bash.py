"""The data of completions/tickiti.bash, which the functions of `shells/tickiti.bash` read.

Rule: bash reads a script letter by letter at the first TAB of a shell. So it ends in the middle of
the file, before the lines of the nouns and the functions of `shells/rare.bash`: a TAB reads the
lines of one noun, by their place in the file.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from tickiti_cli.reference.completion.scripts import part, script
from tickiti_cli.reference.tree import Command, CommandTree, Flag, Group, Kind, Noun, Value


def render(tree: CommandTree) -> str:
    """The script. Raises ValueError for a text with a single quote, which bash would end at."""
    nouns = {noun.name: list(_lines(noun)) for noun in tree.nouns}
    text = "\n".join(line for lines in nouns.values() for line in lines)
    if "'" in text:
        raise ValueError("a single quote in the words of a completion")
    read_first = _short(script("tickiti.bash", "@DATA@"))
    whole = f"{read_first}\n\n{part('rare.bash')}"
    # The data takes as many lines in the script as its places in it.
    first = whole.partition("@LINES@")[0].count("\n") + len(_data(tree, nouns, 0)) - 1
    data = "\n".join(_data(tree, nouns, first))
    return whole.replace("@DATA@", data).replace("@FIRST@", str(first)).replace("@LINES@", text)


def _short(code: str) -> str:
    """The same code without indentation and without comments, but for those at its head."""
    lines = code.splitlines()
    head = list(takewhile(lambda line: line.startswith("#"), lines))
    rest = (line.strip() for line in lines[len(head) :])
    return "\n".join([*head, "", *(line for line in rest if line and not line.startswith("#"))])


def _data(tree: CommandTree, nouns: Mapping[str, Sequence[str]], first: int) -> Sequence[str]:
    """The names of nouns, each with the number of lines before its own ones, and of those."""
    places = []
    for name, lines in nouns.items():
        places.append(f"{name}={first},{len(lines)}")
        first += len(lines)
    return (
        f"__tickiti_nouns={shlex.quote(' '.join(places))}",
        f"__tickiti_global={shlex.quote(_flags(tree.flags))}",
    )


def _lines(noun: Noun) -> Iterator[str]:
    groups = noun.groups[1:]
    yield noun.name
    yield " ".join(map(_names, noun.groups[:1]))
    yield " ".join([*map(_key, groups), *map(_key, noun.commands)])
    for group in groups:
        yield from (f">{_names(group)}", "")
    for command in noun.commands:
        yield from (_argument(command), _flags(command.flags))


def _key(command: Command | Group) -> str:
    """The words behind the noun; the noun itself where it is a command."""
    return "/".join(command.words[1:]) or command.words[0]


def _names(group: Group) -> str:
    return " ".join(name for name, _ in group.entries)


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
