"""`tickiti server snapshot list`: lists snapshots."""

import typer

from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import snapshots as contract
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("name", "bytes", "saved_at")


@app.command(cls=RowsCommand, epilog=examples("tickiti server snapshot list"))
def list_snapshots(ctx: typer.Context) -> None:
    """List the snapshots of a server in test mode"""
    runtime: Runtime = ctx.obj
    rows = call(runtime, contract.index, {}).rows("snapshots")
    runtime.output.rows(rows, LISTED, empty="No snapshots.")
