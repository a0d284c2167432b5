"""`tickiti skill create`: creates a skill."""

from typing import Annotated

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.skill.members import DESCRIPTION, TITLE, MemberFlags, instructions_of
from tickiti_cli.contract.v1 import axial
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "echo 'Ask for the size in EU numbers.' | tickiti skill create shoes.fit"
        " --title Fit --description 'Finds the right size' --instructions-file -",
    ),
)
@expand_flags
def create(
    ctx: typer.Context,
    *,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Key: lower-case letters, dots and underscores")
    ],
    title: Annotated[str, TITLE],
    description: Annotated[str, DESCRIPTION],
    instructions_file: Annotated[
        str, typer.Option(metavar="FILE", help='Read the instructions from FILE ("-" for stdin)')
    ],
    flags: MemberFlags,
) -> None:
    """Create a skill

    The instructions are Markdown. The bundled server stores skills but does not run them.
    """
    runtime: Runtime = ctx.obj
    instructions = instructions_of(instructions_file)
    given = {"key": key, "title": title, "description": description, **flags.to_members()}
    reply = runtime.client.call(axial.skills_create, {**given, "instructions": instructions})
    runtime.client.names.add("skill", key)
    made = Accepted(reply.accepted.get("skill", reply.accepted))
    runtime.output.done(made, said=f"Created skill '{key}'.", plain=key)
