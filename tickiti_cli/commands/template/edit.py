"""`tickiti template edit`: edits a template."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.template.members import MemberFlags
from tickiti_cli.commands.template.options import TemplateId
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
        "tickiti template edit warranty.received -s 'Order {{order.id}}'",
        "tickiti template edit warranty.old --disable",
    ),
)
@expand_flags
def edit(
    ctx: typer.Context,
    *,
    template: TemplateId,
    identifier: Annotated[str | None, typer.Option(metavar="ID", help="New identifier")] = None,
    kind: Annotated[
        TemplateType | None, typer.Option("--type", metavar="TYPE", help="New type")
    ] = None,
    flags: MemberFlags,
) -> None:
    """Edit a template

    Fields without a flag keep their values.
    """
    runtime: Runtime = ctx.obj
    changes = flags.to_members(kind)
    changes |= (
        {"identifier": identifier_of(identifier, "--identifier")} if identifier is not None else {}
    )
    if not changes:
        raise UsageProblem("Nothing to change: add --subject, --content-file or another flag.")
    found = lookup.template_of(runtime.client, template)
    del found["placeholders"]
    if identifier is not None and changes.get("type", found["type"]) == TemplateType.FAQ:
        raise UsageProblem("The server names an FAQ itself: leave --identifier out.")
    if "enabled" in found and "is_enabled" in changes:
        # An install from before October 2026 has this name alone.
        changes["enabled"] = changes["is_enabled"]
    # Not the other members: somebody may have changed them meanwhile.
    runtime.client.call(templates.update, {"template": {"id": found["id"], **changes}})
    changed = lookup.written_template(runtime.client, {**found, **changes})
    name = changed.get("identifier") or found["identifier"]
    runtime.client.names.change("template", found["identifier"], name)
    runtime.output.done(changed, said=f"Updated template '{name}'.", plain=name)
