"""How the groups of commands are made: a noun with its verbs, the root with its nouns.

The rule of this file: a command is made when it is used. A run needs one of a hundred.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info, get_command_name
from typer.models import CommandInfo

from tickiti_cli.command import GLOBAL, write_epilog
from tickiti_cli.errors import UsageProblem
from tickiti_cli.nearest import nearest


class Group(TyperGroup):
    """A noun; takes the global flags as well."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.context_settings = {"help_option_names": ["-h", "--help"], **self.context_settings}
        self._shared = list(GLOBAL)
        self.params.extend(self._shared)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """`tickiti ticket help [create]` is what `--help` is."""
        if args[0] == "help" and "help" not in self.list_commands(ctx):
            show_help(ctx, args[1:])
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        write_epilog(self.epilog, formatter)


def show_help(context: Any, path: Sequence[str]) -> NoReturn:
    """Write the help of the command at `path` below a group, and end with 0. Raises UsageProblem
    for a command that does not exist."""
    for name in path:
        group = context.command
        known = group.list_commands(context) if isinstance(group, TyperGroup) else []
        if name not in known:
            raise UsageProblem(
                f"'{context.command_path}' has no command '{name}'.{nearest(name, known)}",
                hint=f"See: {context.command_path} --help",
            )
        command = group.get_command(context, name)
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
    context.find_root().obj.streams.write(f"{context.get_help()}\n")
    raise typer.Exit


class LateGroup(Group):
    """Knows its commands by name, and makes each of them when it is used."""

    def names(self) -> Sequence[str]:
        raise NotImplementedError

    def made(self, name: str) -> Any:
        raise NotImplementedError

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in self.names() and self.commands.get(cmd_name) is None:
            self.commands[cmd_name] = self.made(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # Names for "did you mean"; the entries are never run.
        for name in self.names():
            if args and args[0] not in self.names():
                self.commands.setdefault(name, None)  # type: ignore[arg-type]
        return super().resolve_command(ctx, args)


class NounInParts(LateGroup):
    """A noun whose verbs stand in several modules: only that of the typed one is imported."""

    package: ClassVar[str]
    modules: ClassVar[Mapping[str, str]]
    """Of each verb."""

    def names(self) -> Sequence[str]:
        return list(self.modules)

    def made(self, name: str) -> Any:
        app: typer.Typer = import_module(f"{self.package}.{self.modules[name]}").app
        (info,) = (info for info in app.registered_commands if _name_of(info) == name)
        return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)


def _name_of(info: CommandInfo) -> str:
    assert info.callback is not None
    return info.name or get_command_name(info.callback.__name__)


def noun(
    help: str,  # noqa: A002 - typer's own word
    *,
    package: str = "",
    parts: Mapping[str, Sequence[str]] | None = None,
) -> typer.Typer:
    """A Typer for one noun, made so that it imports neither rich nor shell completion.

    `parts`: the verbs that each module of the noun's own package holds on an `app` of its own.
    """
    kind: type[Group] = Group
    if parts:
        modules = {verb: module for module, verbs in parts.items() for verb in verbs}
        kind = type("Noun", (NounInParts,), {"package": package, "modules": modules})
    app = typer.Typer(
        cls=kind,
        help=help,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    return app


def _no_options() -> None:
    return None
