"""`tickiti skill options`: lists the values that skills and actions accept."""

import typer

from tickiti_cli.contract.v1 import axial
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti skill options"))
def options(ctx: typer.Context) -> None:
    """Show available handlers and permissions

    The values for --composition, --handler and --permission differ between servers.
    """
    runtime: Runtime = ctx.obj
    reply = runtime.client.call(axial.skills_options, {})
    if isinstance(reply.bare, dict):
        runtime.output.show(reply.bare, columns(*reply.bare))
    else:
        runtime.output.raw(reply.body, reply.text)
