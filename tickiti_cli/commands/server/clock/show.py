"""`tickiti server clock show`: what the clock of a server in test mode shows."""

import typer

from tickiti_cli.commands.server.clock.move import CLOCK
from tickiti_cli.contract.bundled.test_mode import clock as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server clock show -p test", "tickiti server clock show -p test --fields now"
    ),
)
def show(ctx: typer.Context) -> None:
    """Show the clock of a test server

    The server must have been started with --test.
    """
    runtime: Runtime = ctx.obj
    runtime.output.show(runtime.client.call(contract.show, {}).data, CLOCK)
