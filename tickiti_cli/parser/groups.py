"""The groups of commands: a noun with its verbs, the root with its nouns.

Rule: a command is made when it is used, because a run needs one of a hundred.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any, ClassVar, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_command_from_info

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import with_own_page
from tickiti_cli.parser.global_flags import GLOBAL

MOST_SAMPLES = 3
"""Examples in the help of a noun."""


class Group(TyperGroup):
    """A noun, which accepts the global flags as well."""

    is_group = True
    is_root = False

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.context_settings = {"help_option_names": ["-h", "--help"], **self.context_settings}
        self._shared = list(GLOBAL)
        self.params.extend(self._shared)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Treat `tickiti ticket help [create]` as `tickiti ticket [create] --help`."""
        if args[0] == "help" and "help" not in self.list_commands(ctx):
            show_help(ctx, args[1:])
        if args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            ctx.fail(_unknown(ctx, args[0]))
        return super().resolve_command(ctx, args)

    def get_help_option(self, ctx: Any) -> Any:
        return with_own_page(super().get_help_option(ctx))

    def get_help(self, ctx: Any) -> str:
        from tickiti_cli.parser.help import page  # noqa: PLC0415 - where help is shown

        return page.plain(ctx)

    def listed(self, ctx: Any) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The commands of this group with their summaries, by the titles of their lists."""
        from tickiti_cli.parser.help.phrases import summary  # noqa: PLC0415 - where help is shown

        commands: dict[str, Any] = {n: self.get_command(ctx, n) for n in self.list_commands(ctx)}
        shown = {name: found for name, found in commands.items() if not found.hidden}
        lists = self.titles() or {"COMMANDS": [*shown]}
        return {
            title: [(name, summary(shown[name].help or "")) for name in names if name in shown]
            for title, names in lists.items()
        }

    def titles(self) -> Mapping[str, Sequence[str]]:
        """The lists that a noun of many commands shows them in; empty where one list is enough."""
        return {}

    def samples(self, ctx: Any) -> Sequence[str]:
        """An example of each of the first commands: what most users look for."""
        names = self.list_commands(ctx)[:MOST_SAMPLES]
        found: list[Any] = [self.get_command(ctx, name) for name in names]
        return [command.epilog.splitlines()[1] for command in found if command.epilog]


def show_help(context: Any, path: Sequence[str]) -> NoReturn:
    """Write the help of the command at `path` below a group, and exit with 0. Raises UsageProblem
    for an unknown command."""
    for name in path:
        group = context.command
        if not (isinstance(group, Group) and name in group.list_commands(context)):
            sentence = (
                _unknown(context, name) if isinstance(group, Group) else _no_commands(context)
            )
            raise UsageProblem(sentence, hint=f"See: {context.command_path} --help")
        command: Any = group.get_command(context, name)
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
    from tickiti_cli.parser.help import page  # noqa: PLC0415 - where help is shown

    page.show(context)
    raise typer.Exit


def _no_commands(context: Any) -> str:
    return f"'{context.command_path}' has no commands of its own."


def _unknown(context: Any, word: str) -> str:
    from tickiti_cli.parser.help import unknown  # noqa: PLC0415 - only for a wrong word

    return unknown.command(context, word)


class LateGroup(Group):
    """A group that knows the names of its commands, and makes each command when it is used."""

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


class NounOfVerbs(LateGroup):
    """A noun whose verbs are the modules of its package. Imports the module of the typed verb."""

    package: ClassVar[str]
    verbs: ClassVar[Sequence[str]]
    default: ClassVar[str]
    """The verb that is meant where none is typed; empty for none."""

    lists: ClassVar[Mapping[str, Sequence[str]]]
    """The verbs by the titles of their lists in help; empty where one list is enough."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._with_verb(args))

    def _with_verb(self, args: list[str]) -> list[str]:
        """The words with the default verb before flags that no verb follows."""
        has_verb = bool(args) and (not args[0].startswith("-") or not self._is_ours(args))
        return args if has_verb or not self.default else [self.default, *args]

    def _is_ours(self, args: list[str]) -> bool:
        """Whether the flags are those of the default verb: no verb and no --help is among them."""
        return {"-h", "--help", *self.verbs}.isdisjoint(args)

    def names(self) -> Sequence[str]:
        return self.verbs

    def titles(self) -> Mapping[str, Sequence[str]]:
        return self.lists

    def made(self, name: str) -> Any:
        app: typer.Typer = import_module(f"{self.package}.{module_of(name)}").app
        command: Any
        if not app.registered_commands:  # a noun within the noun, such as `skill action`
            command = get_command(app)
        else:
            (info,) = app.registered_commands
            command = get_command_from_info(
                info, pretty_exceptions_short=True, rich_markup_mode=None
            )
        command.name = name
        return command


def module_of(verb: str) -> str:
    """Return the module of a verb, which has the verb's name as far as Python allows: `wait-ready`
    is `wait_ready`, and `import` is `import_`."""
    name = verb.replace("-", "_")
    return f"{name}_" if iskeyword(name) else name


def noun(
    help: str = "",  # noqa: A002 - typer's own word
    *,
    verbs: Sequence[str] | Mapping[str, Sequence[str]] = (),
    package: str = "",
    default: str = "",
) -> typer.Typer:
    """Return a Typer for one noun that imports neither rich nor shell completion.

    `help` is for a noun within a noun; the registry has that of the others. `verbs`: each is a
    module of `package`, whose `app` holds one command. Many are given by the titles of their lists.
    `default` is the verb that is meant where none is typed.
    """
    kind: type[Group] = Group
    if verbs:
        lists = verbs if isinstance(verbs, Mapping) else {}
        names = tuple(name for found in lists.values() for name in found) or tuple(verbs)
        own = {"package": package, "verbs": names, "lists": lists, "default": default}
        kind = type("Noun", (NounOfVerbs,), own)
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
