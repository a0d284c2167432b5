"""`tickiti server fault list`: the faults of a server in test mode."""

import typer

from tickiti_cli.commands.server.fault.options import FAULTS
from tickiti_cli.contract.bundled.test_mode import faults as contract
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti server fault list -p test", "tickiti server fault list -p test --json"
    ),
)
def list_faults(ctx: typer.Context) -> None:
    """List faults and how often they fired"""
    runtime: Runtime = ctx.obj
    rows = runtime.client.call(contract.index, {}).data["faults"]
    runtime.output.rows(rows, FAULTS, empty="No faults.")
