"""completions/tickiti.fish: flags and commands with their help.

The rule of this file: it writes `complete` lines; the functions that they ask are in
`scripts/tickiti.fish`.
"""

import re
from collections.abc import Iterator

from tickiti_cli.surface.scripts import script
from tickiti_cli.surface.tree import Command, Flag, Kind, Surface, Value


def render(surface: Surface) -> str:
    return script("tickiti.fish", "\n".join(_lines(surface)))


def _lines(surface: Surface) -> Iterator[str]:
    groups = [noun.name for noun in surface.nouns if noun.is_group]
    paths = [*groups, *(command.path for command in surface.commands)]
    yield f"set -g __tickiti_awaiting {_quoted(_awaiting(surface))}"
    yield f"set -g __tickiti_commands {' '.join(_quoted(path) for path in paths)}"
    yield ""
    yield "complete -c tickiti -f"
    for flag in surface.flags:
        at = [command.path for command in surface.commands if flag.long in command.shadowed]
        yield _flag(flag, f"not {_at(*at)}" if at else "")
    for noun in surface.nouns:
        yield f"complete -c tickiti -n {_quoted(_at(''))} -a {noun.name} -d {_quoted(noun.help)}"
        if noun.is_group:
            yield from _verbs(noun.name, noun.commands)
    for command in surface.commands:
        yield from _command(command)


def _awaiting(surface: Surface) -> str:
    """A pattern of what takes the next word: --output, -o, and -qo as well."""
    names = {name: bool(flag.value) for flag in surface.flags for name in flag.names}
    long = [name for name, takes in names.items() if takes and name.startswith("--")]
    short = {name[1]: takes for name, takes in names.items() if not name.startswith("--")}
    switches = "".join(letter for letter, takes in short.items() if not takes)
    takers = "".join(letter for letter, takes in short.items() if takes)
    return f"^({'|'.join(long)}|-[{switches}]*[{takers}])$"


def _verbs(noun: str, commands: tuple[Command, ...]) -> Iterator[str]:
    for command in commands:
        where, verb = _quoted(_at(noun)), command.words[-1]
        yield f"complete -c tickiti -n {where} -a {verb} -d {_quoted(command.summary)}"


def _command(command: Command) -> Iterator[str]:
    where = _at(command.path)
    for flag in command.flags:
        yield _flag(flag, where)
    for argument in command.arguments:
        if argument.value.kind is not Kind.TEXT:
            yield f"complete -c tickiti -n {_quoted(where)} {_values(argument.value)}"


def _flag(flag: Flag, where: str) -> str:
    words = ["complete -c tickiti", *([f"-n {_quoted(where)}"] if where else [])]
    words += [f"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" for name in flag.names]
    words += [_values(flag.value, is_awaited=True)] if flag.value else []
    return " ".join([*words, f"-d {_quoted(flag.help)}"])


def _values(value: Value, *, is_awaited: bool = False) -> str:
    """What is offered; an awaited value must follow, and nothing but it."""
    if value.kind is Kind.FILE:
        return "-rF" if is_awaited else "-F"
    exclusive = "-x" if is_awaited else "-f"
    if value.kind is Kind.TEXT:
        return exclusive
    offered = "(__tickiti_profiles)" if value.kind is Kind.PROFILE else " ".join(value.words)
    return f"{exclusive} -a {_quoted(offered)}"


def _at(*paths: str) -> str:
    return " ".join(
        ["__tickiti_at", *(f"'{path}'" if not path.isalnum() else path for path in paths)]
    )


def _quoted(text: str) -> str:
    return "'" + re.sub(r"['\\]", r"\\\g<0>", text) + "'"
