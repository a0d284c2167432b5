"""`tickiti skill delete`: deletes a skill."""

import typer

from tickiti_cli.commands.skill.members import Skill
from tickiti_cli.contract.v1 import axial
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti skill delete shoes.fit --yes"))
def delete(ctx: typer.Context, *, skill: Skill) -> None:
    """Delete a skill and its actions

    The skill axial.core cannot be deleted.
    """
    runtime: Runtime = ctx.obj
    runtime.confirm(f"Delete skill '{skill}'?")
    runtime.client.call(axial.skills_delete, {"skill": skill})
    runtime.client.names.drop("skill", skill)
    runtime.output.done({"skill": skill}, said=f"Deleted skill '{skill}'.", plain=skill)
