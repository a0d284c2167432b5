"""`tickiti server clock reset`: lets a test server's clock run with the machine's again."""

import typer

from tickiti_cli.commands.server.clock.move import move
from tickiti_cli.contract.bundled.test_mode import clock as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server clock reset -p test"))
def reset(ctx: typer.Context) -> None:
    """Return the clock of a test server to real time

    The clock runs again. Tickets, tokens and idempotency keys stay as they are.
    """
    runtime: Runtime = ctx.obj
    move(runtime, contract.reset, {}, lambda now: f"Reset the clock to {now}.")
