"""`tickiti template view`: shows a template and its placeholders."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.template.options import TemplateId
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "id", "identifier", "type", "category", "subcategory", "is_enabled", "placeholders", "subject",
    "content",
)  # fmt: skip


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti template view warranty.received",
        "tickiti template view warranty.received --json --fields placeholders",
    ),
)
def view(ctx: typer.Context, *, template: TemplateId) -> None:
    """Show a template and its placeholders"""
    runtime: Runtime = ctx.obj
    runtime.output.show(lookup.template_of(runtime.client, template), SHOWN)
