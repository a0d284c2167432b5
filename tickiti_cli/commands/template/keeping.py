"""Making, changing and deleting templates."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from tickiti_cli.command import Command, ConfirmedCommand, examples, verb
from tickiti_cli.contract import templates
from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import read_text
from tickiti_cli.outcomes import carried_out
from tickiti_cli.runtime import Runtime
from tickiti_cli.templates import finding

app = verb()


class Type(StrEnum):
    EMAIL = "email"
    NOTIFICATION = "notification"
    INTERVENTION = "intervention"
    FAQ = "faq"


Wanted = Annotated[str, typer.Argument(metavar="ID", help="Its identifier, or its id.")]
Subject = Annotated[
    str | None, typer.Option("--subject", "-s", help="The subject; may have placeholders.")
]
ContentFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="HTML with placeholders from a file, or - for stdin."),
]
Category = Annotated[str | None, typer.Option(help="For sorting lists.")]
Subcategory = Annotated[str | None, typer.Option(help="For sorting lists.")]
Enabled = Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it can be used.")]


@app.command(
    cls=Command,
    epilog=examples(
        "echo '<p>Dear {{name}}, we have your shoes.</p>' | tickiti template create"
        " warranty.received --type email -s 'Your order {{order.id}}' --content-file -",
    ),
)
def create(
    ctx: typer.Context,
    *,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Its identifier.")],
    kind: Annotated[Type, typer.Option("--type", help="What it is for.")],
    subject: Subject = None,
    content_file: ContentFile = None,
    category: Category = None,
    subcategory: Subcategory = None,
    enabled: Enabled = None,
) -> None:
    """Make a template: HTML with placeholders such as {{name}} and {{order.id}}."""
    runtime: Runtime = ctx.obj
    given = _given(
        content_file,
        type=kind,
        subject=subject,
        category=category,
        subcategory=subcategory,
        enabled=enabled,
    )
    usual = {"category": "", "subcategory": ""}
    request = {**usual, **given, "identifier": identifier}
    made = runtime.client.call(templates.create, request).accepted
    runtime.output.done(made, said=f"Made template '{identifier}'.", plain=identifier)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti template edit warranty.received -s 'Order {{order.id}}'",
        "tickiti template edit warranty.received --disable",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    template: Wanted,
    identifier: Annotated[str | None, typer.Option(metavar="NAME", help="Rename it.")] = None,
    kind: Annotated[Type | None, typer.Option("--type", help="What it is for.")] = None,
    subject: Subject = None,
    content_file: ContentFile = None,
    category: Category = None,
    subcategory: Subcategory = None,
    enabled: Enabled = None,
) -> None:
    """Change a template; what is not named stays as it is."""
    runtime: Runtime = ctx.obj
    changes = _given(
        content_file,
        type=kind,
        subject=subject,
        category=category,
        subcategory=subcategory,
        enabled=enabled,
    )
    changes |= {"identifier": identifier} if identifier is not None else {}
    if not changes:
        raise UsageProblem("Say what to change: --subject, --content-file or another flag.")
    found = finding.find(runtime, template)
    del found["placeholders"]
    runtime.client.call(templates.update, {"template": {**found, **changes}})
    with carried_out():
        changed = finding.shown(runtime, found["id"])
    name = changes.get("identifier", found["identifier"])
    runtime.output.done(changed, said=f"Changed template '{name}'.", plain=name)


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti template delete warranty.old --yes"))
def delete(ctx: typer.Context, *, template: Wanted) -> None:
    """Delete a template."""
    runtime: Runtime = ctx.obj
    found = finding.find(runtime, template)
    name = found["identifier"]
    runtime.confirm(f"Delete template '{name}'?")
    deleted = runtime.client.call(templates.delete, {"template_id": found["id"]}).accepted
    runtime.output.done(deleted, said=f"Deleted template '{name}'.", plain=name)


def _given(content_file: str | None, **members: object) -> dict[str, Any]:
    """The members that flags were given for."""
    given = {name: value for name, value in members.items() if value is not None}
    if content_file is not None:
        given["content"] = read_text(content_file, flag=f"--content-file {content_file}")
    return given
