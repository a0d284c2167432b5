"""The classes of commands: their shared flags, the layout of their help, mandatory examples.

Rule: a command without examples raises TypeError when it is made.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperOption

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.parser.choices import Line, of_text, with_own_errors
from tickiti_cli.parser.global_flags import CONFIRM, GLOBAL, LIST, TABLE, WRITE
from tickiti_cli.parser.typer_private import get_current_context
from tickiti_cli.runtime import Runtime

WRITE_FLAGS, LIST_FLAGS = "FLAGS OF EVERY WRITE", "FLAGS OF EVERY LIST"

_TYPED = f"{__name__}.typed"
"""The long flags of a command line, in the context of its command."""


def examples(*lines: str) -> str:
    """The epilog of a command: lines that work when the user pastes them."""
    return "\n".join(["Examples:", *lines])


class Command(TyperCommand):
    """A command with its own parameters, then the flags of its kind, then the global flags."""

    kind: ClassVar[Sequence[TyperOption]] = ()
    kind_title: ClassVar[str] = ""
    """The title of the kind's flags in help; empty: they stand among the command's own."""

    is_root = is_group = False

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        if not self.epilog:
            raise TypeError(f"the command '{self.name}' has no examples in its epilog")
        self.context_settings = {"help_option_names": ["-h", "--help"], **self.context_settings}
        for parameter in self.params:
            own = with_own_errors(parameter.type)
            parameter.type = of_text(own, parameter.metavar or "", parameter.opts)
            is_filter = parameter.multiple  # which has other limits
            if "--subject" in parameter.opts and not is_filter and not isinstance(own, Line):
                parameter.type = Line()
        self.params.extend(self.kind)
        taken = {name for parameter in self.params for name in parameter.opts}
        self.inherited = [option for option in GLOBAL if taken.isdisjoint(option.opts)]
        self.params.extend(self.inherited)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_TYPED] = {word.partition("=")[0] for word in args if word.startswith("--")}
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, under the lock that --lock names."""
        runtime: Runtime = ctx.find_root().obj
        runtime.context = ctx
        runtime.take_lock()
        try:
            return super().invoke(ctx)
        except (ApiError, TickitiError) as error:
            for name, typed in self._other_names(ctx.meta[_TYPED]):
                error.message = re.sub(rf"(?<![\w-]){name}(?![\w-])", typed, error.message)
            raise

    def _other_names(self, typed: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yields the first name of each flag that was typed by another name, and the typed name,
        because an error is to use the typed one."""
        for option in self.params:
            first, *others = [name for name in option.opts if name.startswith("--")] or [""]
            if first not in typed:
                yield from ((first, name) for name in others if name in typed)

    def get_help_option(self, ctx: Any) -> Any:
        return with_own_page(super().get_help_option(ctx))

    def get_help(self, ctx: Any) -> str:
        from tickiti_cli.parser.help import page  # noqa: PLC0415 - where help is shown

        return page.plain(ctx)


class WriteCommand(Command):
    """A command that sends a write, with --idempotency-key and --dry-run."""

    kind = WRITE
    kind_title = WRITE_FLAGS


class RowsCommand(Command):
    """A command that lists rows, all of them at once, with --limit, --all, --columns and --sort."""

    kind = TABLE
    kind_title = LIST_FLAGS

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        assert self.callback is not None
        self.callback = partial(_run_limited, self.callback)


class ListCommand(Command):
    """A command that lists rows in pages, with --limit, --all and --watch in addition to the flags
    of RowsCommand. --watch runs it repeatedly."""

    kind = LIST
    kind_title = LIST_FLAGS

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        assert self.callback is not None
        self.callback = partial(_run_or_watch, self.callback)


class ConfirmedCommand(Command):
    """A command that asks for confirmation, unless --yes is given."""

    kind = CONFIRM


class ConfirmedWriteCommand(Command):
    """A write that removes something: with --yes in addition to the flags of a write."""

    kind = (*WRITE, *CONFIRM)
    kind_title = WRITE_FLAGS


def _refuse_both(runtime: Runtime) -> None:
    if {"limit", "all"} <= runtime.given.keys():
        raise UsageProblem("--limit and --all contradict each other: give one of them.")


def _run_limited(show: Callable[..., object], **values: object) -> None:
    runtime: Runtime = get_current_context().find_root().obj
    _refuse_both(runtime)
    if "limit" not in runtime.given:
        show(**values)
        return
    from tickiti_cli.output.format import Limited  # noqa: PLC0415 - of --limit alone

    limited = runtime.output.limited = Limited(runtime.globals.limit)
    show(**values)
    runtime.tell_of_limit(limited)


def _run_or_watch(show: Callable[..., object], **values: object) -> None:
    runtime: Runtime = get_current_context().find_root().obj
    _refuse_both(runtime)
    every = runtime.globals.watch
    if every is None:
        show(**values)
        return
    from tickiti_cli.parser.watch import watch  # noqa: PLC0415 - only --watch needs it

    watch(runtime, partial(show, **values), every=every)


def with_own_page(option: Any) -> Any:
    """The help option of a command, which writes a page of this program instead of typer's."""
    option.callback = _show_page
    option.help = "Show help for a command"
    return option


def _show_page(context: typer.Context, _parameter: Any, value: Any) -> None:
    if value and not context.resilient_parsing:
        from tickiti_cli.parser.help import page  # noqa: PLC0415 - where help is shown

        page.show(context)
        raise typer.Exit


def verb() -> typer.Typer:
    """A Typer for a command that stands alone, such as `tickiti version`."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
