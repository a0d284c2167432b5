"""How every command is made: the shared flags, the shape of help, mandatory examples.

A flag that all commands share is one Option object. Its value lands in `Runtime.given`, whichever
side of the command's name it was written on; argv is never rewritten.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import typer
from typer._click.globals import get_current_context
from typer.core import TyperCommand, TyperOption

from tickiti_cli import __version__
from tickiti_cli.choices import WholeNumber, in_our_words
from tickiti_cli.errors import UsageProblem
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import COLORS, Format

PROFILES = "<profile>"
"""Offered in place of words: the names of the profiles there are."""


def offering(*words: str) -> Callable[[typer.Context, list[str], str], list[str]]:
    """What TAB offers for a flag or an argument: give it as `autocompletion`.

    The words are written into the completion scripts; nothing is run when TAB is pressed.
    """

    def offer(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:  # noqa: ARG001
        return [*words]

    return offer


def _note(context: typer.Context, parameter: Any, value: Any) -> None:
    """Keep a flag that was given; what stands later on the command line wins."""
    runtime = context.find_root().obj
    if isinstance(runtime, Runtime) and value is not None and value is not False:
        runtime.given[parameter.name] = value


def _show_version(context: typer.Context, _parameter: Any, value: Any) -> None:
    if value:
        context.find_root().obj.streams.write(f"tickiti {__version__}\n")
        raise typer.Exit


def _flag(
    *names: str,
    help: str,  # noqa: A002 - typer's own word
    type: Any = str,  # noqa: A002 - typer's own word
    metavar: str | None = None,
    words: Sequence[str] = (),
) -> TyperOption:
    is_switch = type is bool
    option = TyperOption(
        param_decls=list(names),
        type=type,
        is_flag=is_switch or None,
        default=None if not is_switch else False,
        metavar=metavar,
        help=help,
        expose_value=False,
        callback=_note,
        autocompletion=offering(*words) if words else None,
    )
    option.type = in_our_words(option.type)
    return option


GLOBAL = (
    _flag(
        "--profile",
        "-p",
        metavar="NAME",
        help="Use this profile's server and token.",
        words=[PROFILES],
    ),
    _flag("--base-url", metavar="URL", help="Use this server."),
    _flag("--token-file", metavar="FILE", help="Read the token from a file, or - for stdin."),
    _flag(
        "--output",
        "-o",
        metavar="FORMAT",
        help="table, plain, json, ndjson or csv.",
        words=[*Format],
    ),
    _flag("--json", type=bool, help="The same as --output json."),
    _flag("--fields", metavar="A,B,C", help="Show these members only."),
    _flag("--jq", metavar="EXPR", help="Put the JSON through this jq expression."),
    _flag("--quiet", "-q", type=bool, help="Say nothing on success."),
    _flag("--verbose", "-v", type=bool, help="Say more on stderr."),
    _flag("--debug", type=bool, help="Show a traceback when tickiti itself fails."),
    _flag("--color", metavar="WHEN", help="auto, always or never.", words=COLORS),
    _flag("--no-input", type=bool, help="Never ask; fail where an answer is needed."),
    _flag("--timeout", type=float, metavar="S", help="Seconds for one attempt (30)."),
    _flag("--max-time", type=float, metavar="S", help="Seconds for all attempts (120)."),
    _flag("--retries", type=int, metavar="N", help="Attempts after the first one (8)."),
    _flag("--ca-bundle", metavar="FILE", help="Trust these certificate authorities."),
    _flag("--insecure", type=bool, help="Do not check the server's certificate."),
    _flag("--allow-http", type=bool, help="Send the token unencrypted to another host."),
    _flag("--lock", metavar="NAME", help="End with 14 while another run of this name goes on."),
    TyperOption(
        param_decls=["--version"],
        is_flag=True,
        default=False,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version.",
    ),
)

WRITE = (
    _flag("--idempotency-key", metavar="KEY", help="Use this key instead of a new one."),
    _flag("--dry-run", "-n", type=bool, help="Show the request; send nothing."),
    _flag("--print-curl", type=bool, help="Show the request as a curl command; send nothing."),
    _flag("--no-journal", type=bool, help="Keep no note to finish it from after a crash."),
)

LIST = (
    _flag("--limit", type=WholeNumber(min=1), metavar="N", help="Show at most N (50)."),
    _flag("--all", type=bool, help="Show all of them."),
    _flag("--watch", type=float, metavar="S", help="List again every S seconds, until Ctrl-C."),
)

CONFIRM = (_flag("--yes", "-y", type=bool, help="Do not ask for confirmation."),)


def examples(*lines: str) -> str:
    """The epilog of a command: lines that work when pasted."""
    return "\n".join(["Examples:", *lines])


class Command(TyperCommand):
    """A command: its own parameters, then the flags of its kind, then the global ones."""

    kind: ClassVar[Sequence[TyperOption]] = ()

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        if not self.epilog:
            raise TypeError(f"the command '{self.name}' has no examples in its epilog")
        self.context_settings = {"help_option_names": ["-h", "--help"], **self.context_settings}
        for parameter in self.params:
            parameter.type = in_our_words(parameter.type)
        taken = {name for parameter in self.params for name in parameter.opts}
        self.params.extend(self.kind)
        self.inherited = [option for option in GLOBAL if taken.isdisjoint(option.opts)]
        self.params.extend(self.inherited)

    def invoke(self, ctx: Any) -> Any:
        ctx.find_root().obj.take_lock()
        return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        own = [parameter for parameter in self.get_params(ctx) if parameter not in self.inherited]
        records = [(parameter, parameter.get_help_record(ctx)) for parameter in own]
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            rows = [row for parameter, row in records if row and parameter.param_type_name == kind]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
        formatter.write_paragraph()
        formatter.write_text("Global flags work here too; tickiti --help lists them.")

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        write_epilog(self.epilog, formatter)


class WriteCommand(Command):
    kind = WRITE


class ListCommand(Command):
    """With --watch it is run again and again: what it shows is read anew each time."""

    kind = LIST

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        assert self.callback is not None
        self.callback = partial(_as_often_as_asked, self.callback)


class ConfirmedCommand(Command):
    kind = CONFIRM


def _as_often_as_asked(show: Callable[..., object], **values: object) -> None:
    runtime: Runtime = get_current_context().find_root().obj
    if {"limit", "all"} <= runtime.given.keys():
        raise UsageProblem("--limit and --all contradict each other: give one of them.")
    every = runtime.globals.watch
    if every is None:
        show(**values)
        return
    from tickiti_cli import rounds  # noqa: PLC0415 - only where somebody watches

    rounds.repeat(runtime, partial(show, **values), every=every)


def write_epilog(epilog: str | None, formatter: Any) -> None:
    """Examples are commands: their lines are kept as they are."""
    if epilog:
        title, *lines = epilog.splitlines()
        formatter.write_paragraph()
        formatter.write("\n".join([title, *(f"  {line.strip()}" for line in lines)]) + "\n")


def verb() -> typer.Typer:
    """A Typer for a command that stands alone, such as `tickiti version`."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
