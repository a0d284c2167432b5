"""`tickiti skill edit`: edits a skill."""

from typing import Annotated

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.skill.members import (
    DESCRIPTION,
    TITLE,
    MemberFlags,
    Skill,
    instructions_of,
)
from tickiti_cli.contract.v1 import axial
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti skill edit shoes.sizes --title 'Sizes of shoes'",
        "tickiti skill edit shoes.sizes --disable",
    ),
)
@expand_flags
def edit(
    ctx: typer.Context,
    *,
    skill: Skill,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="New key")] = None,
    title: Annotated[str | None, TITLE] = None,
    description: Annotated[str | None, DESCRIPTION] = None,
    instructions_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help='Read the instructions from FILE ("-" for stdin)'),
    ] = None,
    flags: MemberFlags,
) -> None:
    """Edit a skill

    Fields without a flag keep their values.
    """
    runtime: Runtime = ctx.obj
    given = {"key": key, "title": title, "description": description}
    changes = {name: value for name, value in given.items() if value is not None}
    changes |= flags.to_members()
    if instructions_file is not None:
        changes["instructions"] = instructions_of(instructions_file)
    if not changes:
        raise UsageProblem("Nothing to change: add --title, --instructions-file or another flag.")
    reply = runtime.client.call(axial.skills_update, {"skill": skill, **changes})
    changed = Accepted(reply.accepted.get("skill", reply.accepted))
    name = key or skill
    runtime.client.names.change("skill", skill, name)
    runtime.output.done(changed, said=f"Updated skill '{name}'.", plain=name)
