"""`tickiti skill action set`: creates or replaces an action of a skill."""

from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.skill.members import Skill
from tickiti_cli.contract.v1 import axial
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import parse_json, read_text
from tickiti_cli.parser.choices import Choice, Named
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

HANDLERS = ("local", "remote")
PERMISSIONS = ("staff", "participant", "system")


class ActionFlags(NamedTuple):
    """One flag for each member of an action."""

    description: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="What the action does, for the assistant", click_type=Named()
        ),
    ] = None
    parameters: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="Parameters as JSON Schema")
    ] = None
    handler_type: Annotated[
        str | None,
        typer.Option(
            metavar="local|remote", help="Where the action runs", click_type=Choice(HANDLERS)
        ),
    ] = None
    handler_ref: Annotated[
        str | None,
        typer.Option("--handler", metavar="HANDLER", help="Handler; see `tickiti skill options`"),
    ] = None
    permission: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(PERMISSIONS),
            help="Who may use the action",
            click_type=Choice(PERMISSIONS),
        ),
    ] = None
    requires_confirmation: Annotated[
        bool | None, typer.Option("--confirm/--no-confirm", help="Ask a person before it runs")
    ] = None
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Turn the action on or off")
    ] = None
    ordinal: Annotated[int | None, typer.Option(metavar="N", help="Position in the list")] = None
    timeout_ms: Annotated[
        int | None,
        typer.Option(metavar="MS", min=1, help="Time limit of a remote action in milliseconds"),
    ] = None
    prefetch: Annotated[
        bool | None,
        typer.Option("--prefetch/--no-prefetch", help="Run the action in advance"),
    ] = None
    prefetch_params: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="Parameters for --prefetch")
    ] = None

    def to_members(self) -> dict[str, Any]:
        """The members whose flags were given. Raises UsageProblem."""
        members = {name: value for name, value in self._asdict().items() if value is not None}
        for name in {"parameters", "prefetch_params"} & members.keys():
            members[name] = _object(members[name], f"--{name.replace('_', '-')}")
        return members


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti skill action set shoes.sizes find_size --description 'Finds a size'"
        " --handler-type remote --handler https://sole-trader.example/size --permission staff",
    ),
)
@expand_flags
def set_action(
    ctx: typer.Context,
    *,
    skill: Skill,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the action")],
    flags: ActionFlags,
) -> None:
    """Create or change an action of a skill"""
    runtime: Runtime = ctx.obj
    action = {"name": name, **flags.to_members()}
    reply = runtime.client.call(axial.skills_actions_upsert, {"skill": skill, "action": action})
    changed = Accepted(reply.accepted.get("skill", reply.accepted))
    said = f"Saved action '{name}' of skill '{skill}'."
    runtime.output.done(changed, said=said, plain=name)


def _object(text: str, flag: str) -> dict[str, Any]:
    """The JSON object of a flag's value: the value itself, or the file behind an @."""
    source = read_text(text[1:], flag=flag) if text.startswith("@") else text
    found = parse_json(source, flag=flag)
    if not isinstance(found, dict):
        raise UsageProblem(f"{flag}: must be a JSON object.")
    return found
