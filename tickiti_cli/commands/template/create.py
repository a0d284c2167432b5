"""`tickiti template create`: creates a template."""

from typing import Annotated

import typer

from tickiti_cli.api.lookup import identifier_in
from tickiti_cli.commands.template.members import MemberFlags
from tickiti_cli.contract.v1 import templates
from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.options import identifier_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "echo '<p>Dear {{name}}, we have your shoes.</p>' | tickiti template create"
        " warranty.repaired --type email -s 'Your order {{order.id}}' --content-file -",
        "echo '<p>Ten days.</p>' | tickiti template create --type faq -s 'Repairs?'"
        " --content-file -",
    ),
)
@expand_flags
def create(
    ctx: typer.Context,
    *,
    identifier: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Identifier, such as warranty.received; an FAQ has none"),
    ] = None,
    kind: Annotated[TemplateType, typer.Option("--type", metavar="TYPE", help="Type of template")],
    flags: MemberFlags,
) -> None:
    """Create a template

    A template is HTML with placeholders such as {{name}} and {{order.id}}.
    """
    runtime: Runtime = ctx.obj
    given = flags.to_members(kind)
    usual = {"category": "", "subcategory": ""}
    _refuse_wrong_identifier(identifier, kind)
    own = {"identifier": identifier} if identifier is not None else {}
    made = runtime.client.call(templates.create, {**usual, **given, **own}).accepted
    name = identifier_in(made) or identifier or made.id("identifier")
    runtime.client.names.add("template", name)
    runtime.output.done(made, said=f"Created template '{name}'.", plain=name)


def _refuse_wrong_identifier(identifier: str | None, kind: TemplateType) -> None:
    """Raise UsageProblem for a missing identifier, or for the identifier of an FAQ, which only the
    server names."""
    if kind is TemplateType.FAQ and identifier is not None:
        raise UsageProblem(f"The server names an FAQ itself: leave '{identifier}' out.")
    if kind is not TemplateType.FAQ and identifier is None:
        raise UsageProblem("Missing argument 'ID': the identifier, such as warranty.received.")
    if identifier is not None:
        identifier_of(identifier, "ID")
