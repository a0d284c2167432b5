"""`tickiti template delete`: deletes a template."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.template.options import TemplateId
from tickiti_cli.contract.v1 import templates
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti template delete warranty.old --yes"))
def delete(ctx: typer.Context, *, template: TemplateId) -> None:
    """Delete a template"""
    runtime: Runtime = ctx.obj
    found = lookup.template_of(runtime.client, template)
    name = found["identifier"]
    runtime.confirm(f"Delete template '{name}'?")
    deleted = runtime.client.call(templates.delete, {"template_id": found["id"]}).accepted
    runtime.client.names.drop("template", name)
    runtime.output.done(deleted, said=f"Deleted template '{name}'.", plain=name)
