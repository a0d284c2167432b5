"""The data of completions/tickiti.fish: flags and commands with their help.

Rule: this file writes `complete` lines; the functions that they call are in `shells/tickiti.fish`.
"""

import re
from collections.abc import Iterator

from tickiti_cli.reference.completion.scripts import script
from tickiti_cli.reference.tree import Command, CommandTree, Flag, Group, Kind, Value


def render(tree: CommandTree) -> str:
    return script("tickiti.fish", "\n".join(_lines(tree)))


def _lines(tree: CommandTree) -> Iterator[str]:
    groups = [group.path for group in tree.groups]
    paths = [*groups, *(command.path for command in tree.commands)]
    yield f"set -g __tickiti_awaiting {_quoted(_awaiting(tree))}"
    yield f"set -g __tickiti_commands {' '.join(_quoted(path) for path in paths)}"
    yield ""
    yield "complete -c tickiti -f"
    for flag in tree.flags:
        at = [command.path for command in tree.commands if flag.long in command.shadowed]
        yield _flag(flag, f"not {_at(*at)}" if at else "")
    aliases = _quoted("(__tickiti_names alias)")
    yield f"complete -c tickiti -n {_quoted(_at(''))} -a {aliases} -d Alias"
    for noun in tree.nouns:
        yield f"complete -c tickiti -n {_quoted(_at(''))} -a {noun.name} -d {_quoted(noun.help)}"
        for group in noun.groups:
            yield from _entries(group)
    for command in tree.commands:
        yield from _command(command)


def _awaiting(tree: CommandTree) -> str:
    """A pattern of the flags that take the next word: --output, -o, and -qo as well.

    A name that is a switch in one command does not count, because the command is not known yet.
    """
    flags = [*tree.flags, *(flag for command in tree.commands for flag in command.flags)]
    takers = {name for flag in flags if flag.value for name in flag.names}
    takers -= {name for flag in flags if not flag.value for name in flag.names}
    long = sorted(name for name in takers if name.startswith("--"))
    letters = "".join(sorted(name[1] for name in takers if not name.startswith("--")))
    own = [name for flag in tree.flags if not flag.value for name in flag.names]
    switches = "".join(name[1] for name in own if not name.startswith("--"))
    return f"^({'|'.join(long)}|-[{switches}]*[{letters}])$"


def _entries(group: Group) -> Iterator[str]:
    for name, summary in group.entries:
        where = _quoted(_at(group.path))
        yield f"complete -c tickiti -n {where} -a {name} -d {_quoted(summary)}"


def _command(command: Command) -> Iterator[str]:
    where = _at(command.path)
    for flag in command.flags:
        yield _flag(flag, where)
    is_repeated = False
    for place, argument in enumerate(command.arguments):
        is_repeated |= argument.is_repeatable
        if argument.value.kind is not Kind.TEXT:
            is_like_last = is_repeated and place == len(command.arguments) - 1
            here = f"{where}; and __tickiti_given {'-ge' if is_like_last else '-eq'} {place}"
            yield f"complete -c tickiti -n {_quoted(here)} {_values(argument.value)}"


def _flag(flag: Flag, where: str) -> str:
    words = ["complete -c tickiti", *([f"-n {_quoted(where)}"] if where else [])]
    words += [f"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" for name in flag.names]
    words += [_values(flag.value, is_awaited=True)] if flag.value else []
    return " ".join([*words, f"-d {_quoted(flag.help)}"])


def _values(value: Value, *, is_awaited: bool = False) -> str:
    """The options of `complete` that offer a value.

    With `is_awaited` a value must follow the flag, so that fish offers nothing else.
    """
    if value.kind is Kind.FILE:
        return "-rF" if is_awaited else "-F"
    exclusive = "-x" if is_awaited else "-f"
    if value.kind is Kind.TEXT:
        return exclusive
    words = " ".join(value.words)
    offered = f"(__tickiti_names {value.names}) {words}".rstrip() if value.names else words
    return f"{exclusive} -a {_quoted(offered)}"


def _at(*paths: str) -> str:
    return " ".join(
        ["__tickiti_at", *(f"'{path}'" if not path.isalnum() else path for path in paths)]
    )


def _quoted(text: str) -> str:
    return "'" + re.sub(r"['\\]", r"\\\g<0>", text) + "'"
