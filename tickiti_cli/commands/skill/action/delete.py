"""`tickiti skill action delete`: deletes an action of a skill."""

import shlex
from typing import Annotated

import typer

from tickiti_cli.commands.skill.members import Skill, skill_in
from tickiti_cli.contract.v1 import axial
from tickiti_cli.errors import NothingFound
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti skill action delete shoes.sizes find_size --yes"),
)
def delete(
    ctx: typer.Context,
    *,
    skill: Skill,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the action")],
) -> None:
    """Delete an action of a skill"""
    runtime: Runtime = ctx.obj
    _refuse_unknown(runtime, skill, name)
    runtime.confirm(f"Delete action '{name}' of skill '{skill}'?")
    runtime.client.call(axial.skills_actions_delete, {"skill": skill, "name": name})
    said = f"Deleted action '{name}' of skill '{skill}'."
    runtime.output.done({"skill": skill, "name": name}, said=said, plain=name)


def _refuse_unknown(runtime: Runtime, skill: str, name: str) -> None:
    """Raise NothingFound where the skill has no action of that name, because a server takes its
    deletion for done. An install that does not list the actions is not asked."""
    found = skill_in(runtime.client.call(axial.skills_show, {"skill": skill}).bare)
    actions = found.get("actions")
    if isinstance(actions, list) and name not in [action.get("name") for action in actions]:
        raise NothingFound(
            f"There is no action '{name}' of skill '{skill}'.",
            hint=f"See: tickiti skill view {shlex.quote(skill)}",
        )
