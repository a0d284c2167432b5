"""`tickiti report meta`: lists the values that report options accept."""

import typer

from tickiti_cli.contract.v1 import reports
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns("queues", "group_by")


@app.command(cls=Command, epilog=examples("tickiti report meta"))
def meta(ctx: typer.Context) -> None:
    """Show the queues and groupings of reports"""
    runtime: Runtime = ctx.obj
    reply = runtime.client.call(reports.meta, {})
    if isinstance(reply.bare, dict):
        runtime.output.show(reply.bare, SHOWN)
    else:
        runtime.output.raw(reply.body, reply.text)
