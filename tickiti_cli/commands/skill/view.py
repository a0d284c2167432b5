"""`tickiti skill view`: one skill with its instructions and actions."""

import typer

from tickiti_cli.commands.skill.members import SHOWN, Skill, skill_in
from tickiti_cli.contract.v1 import axial
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti skill view axial.core"))
def view(ctx: typer.Context, *, skill: Skill) -> None:
    """Show a skill, its instructions and actions"""
    runtime: Runtime = ctx.obj
    found = runtime.client.call(axial.skills_show, {"skill": skill}).bare
    runtime.output.show(skill_in(found), SHOWN)
