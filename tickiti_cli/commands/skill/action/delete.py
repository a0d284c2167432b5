"""`tickiti skill action delete`: deletes an action of a skill."""

from typing import Annotated

import typer

from tickiti_cli.commands.skill.members import Skill
from tickiti_cli.contract.v1 import axial
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
    runtime.confirm(f"Delete action '{name}' of skill '{skill}'?")
    runtime.client.call(axial.skills_actions_delete, {"skill": skill, "name": name})
    said = f"Deleted action '{name}' of skill '{skill}'."
    runtime.output.done({"skill": skill, "name": name}, said=said, plain=name)
