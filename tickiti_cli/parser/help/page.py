"""The help of a command or of a group of commands.

Rule: the examples come last, where the prompt of the shell is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from tickiti_cli.errors import TickitiError
from tickiti_cli.parser.help import layout
from tickiti_cli.parser.help.layout import Rows, Style
from tickiti_cli.parser.help.phrases import phrase
from tickiti_cli.runtime import Runtime

MOST_WORDS = 8
"""Words of a flag that its help lists. The help of a flag with more says which command does."""

GLOBAL_FLAGS = "Global flags such as --json, --profile and --quiet: see tickiti --help"


def show(context: Any) -> None:
    """Write the help of the command of `context` to standard output."""
    runtime: Runtime = context.find_root().obj
    runtime.streams.write(f"{text(context, _style(runtime, runtime.streams.stdout))}\n")
    runtime.streams.flush()


def remark(context: Any) -> None:
    """Write the same to standard error, for a command line that stops too early."""
    runtime: Runtime = context.find_root().obj
    runtime.streams.remark(text(context, _style(runtime, runtime.streams.stderr)))


def plain(context: Any) -> str:
    return text(context, layout.style(is_terminal=False, is_bold=False))


def text(context: Any, style: Style) -> str:
    """The whole page: description, usage, commands or flags, examples."""
    command = context.command
    summary, gap, rest = (command.help or "").partition("\n\n")
    parts = [layout.paragraphs(f"{phrase(summary)}{gap}{rest}", style)]
    usage = layout.usage([*_usage(command)], context.command_path, style)
    parts.append(layout.section("USAGE", usage, style))
    for found in _lists(command, context):
        parts += [
            layout.section(title, layout.columns(rows, style, beside=[*found.values()]), style)
            for title, rows in found.items()
            if rows
        ]
    if command.is_group:
        parts.append(layout.section("LEARN MORE", layout.columns(_more(context), style), style))
    else:
        parts.append(layout.paragraphs(GLOBAL_FLAGS, style))
    if lines := _examples(context):
        parts.append(layout.section("EXAMPLES", layout.examples(lines, style), style))
    return "\n\n".join(part for part in parts if part)


def _more(context: Any) -> Rows:
    """The references to more help: the page of a command, and the manual."""
    path = context.command_path
    rows = [(f"{path} COMMAND -h", "Flags and examples of a command")]
    if context.parent:
        page = " ".join(path.split()[:2]).replace(" ", " man ", 1)
        flags = ("tickiti -h", "Global flags such as --json, --profile and --quiet")
        return [*rows, flags, (page, "Manual")]
    return [*rows, ("tickiti man", "Manual")]


def _examples(context: Any) -> list[str]:
    own = [line.strip() for line in (context.command.epilog or "").splitlines()[1:]]
    return own or (list(context.command.samples(context)) if context.command.is_group else [])


def _style(runtime: Runtime, stream: TextIO | None) -> Style:
    is_terminal = runtime.streams.is_terminal(stream)
    return layout.style(is_terminal=is_terminal, is_bold=_is_bold(runtime, is_terminal=is_terminal))


def _is_bold(runtime: Runtime, *, is_terminal: bool) -> bool:
    try:
        color = runtime.output.color
    except TickitiError:  # a wrong flag or file does not stop the help
        return False
    if color == "auto":
        return is_terminal and runtime.environ.get("TERM") != "dumb"
    return color == "always"


def _usage(command: Any) -> Iterator[str]:
    """The words behind the command's name: what is required, then what is not."""
    if command.is_group:
        yield "COMMAND"
        yield "[FLAGS]"
        return
    own = [parameter for parameter in command.params if parameter not in command.inherited]
    flags = [parameter for parameter in own if parameter.param_type_name == "option"]
    yield from (f"{flag.opts[-1]} {metavar(flag)}" for flag in flags if flag.required)
    yield from (_placed(found) for found in own if found.param_type_name == "argument")
    yield "[FLAGS]"


def _placed(argument: Any) -> str:
    name = metavar(argument)
    many = f"{name}..." if argument.nargs == -1 else name
    return many if argument.required else f"[{many}]"


def metavar(parameter: Any) -> str:
    """The word that stands for the value of a flag or an argument, such as FILE."""
    name = parameter.opts[-1] if parameter.param_type_name == "option" else parameter.name
    given = parameter.metavar or name.lstrip("-").upper().replace("_", "-")
    words = _choices(parameter)
    if words and given == "|".join(words):  # the words follow the flag's help
        given = name.rpartition("-")[2].upper()
    return re.sub(r"^\[(.*)\]$", r"\1", str(given).removesuffix("..."))


def _choices(parameter: Any) -> list[str]:
    return [str(getattr(word, "value", word)) for word in getattr(parameter.type, "choices", ())]


def _lists(command: Any, context: Any) -> Iterator[Mapping[str, Rows]]:
    """The lists of a page by their titles. The lists of one mapping have columns of one width."""
    if not command.is_group:
        own = [found for found in command.params if found not in command.inherited]
        shared = [found for found in own if found in command.kind and command.kind_title]
        yield {"ARGUMENTS": _rows(own, "argument")}
        yield {
            "FLAGS": _rows([found for found in own if found not in shared], "option"),
            command.kind_title: _rows(shared, "option"),
        }
        return
    yield command.listed(context)
    if command.is_root:
        flags = [*command.params, command.get_help_option(context)]
        yield {"GLOBAL FLAGS, BEFORE OR AFTER THE COMMAND": _rows(flags, "option")}
        yield command.topics()


def _rows(parameters: Iterable[Any], kind: str) -> Rows:
    return [(_term(p), _with_notes(p)) for p in parameters if p.param_type_name == kind]


def _term(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return metavar(parameter)
    names = names_of(parameter)
    shown = ", ".join(names) if len(names[0]) == 2 else f"    {', '.join(names)}"
    return shown if parameter.is_flag else f"{shown} {metavar(parameter)}"


def names_of(option: Any) -> list[str]:
    """The names of a flag: the short one, the long one, and the one that takes it back."""
    return [*sorted(option.opts, key=len), *option.secondary_opts]


def meaning(parameter: Any) -> str:
    """The help of a flag or an argument, and the words that it takes."""
    found = phrase(parameter.help or "")
    words = _choices(parameter)
    if len(words) <= MOST_WORDS and not all(word in found for word in words):
        return f"{found}: {', '.join(words[:-1])} or {words[-1]}"
    return found


def _with_notes(parameter: Any) -> str:
    """The meaning, and the notes that a user needs to type the flag."""
    found, notes = meaning(parameter), ", ".join(_notes(parameter))
    if notes and found.endswith(")"):
        return f"{found[:-1]}; {notes})"
    return f"{found} ({notes})" if notes else found


def _notes(parameter: Any) -> Iterator[str]:
    if parameter.param_type_name == "argument":
        return
    if parameter.required:
        yield "required"
    if parameter.multiple:
        yield "repeatable"
    elif not (parameter.is_flag or parameter.required or parameter.default in (None, "", ())):
        yield f"default: {default(parameter.default)}"


def default(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(getattr(value, "value", value))
