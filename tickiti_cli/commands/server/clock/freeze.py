"""`tickiti server clock freeze`: stops the clock of a server in test mode."""

from typing import Annotated

import typer

from tickiti_cli.commands.server.clock.move import move
from tickiti_cli.contract.bundled.test_mode import clock as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.dates import FORMS, any_moment_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server clock freeze -p test",
        "tickiti server clock freeze 2027-01-31T09:00Z -p test",
    ),
)
def freeze(
    ctx: typer.Context,
    *,
    moment: Annotated[
        str | None,
        typer.Argument(metavar="[MOMENT]", help=f"Time to stop at (default: now): {FORMS}, or +7d"),
    ] = None,
) -> None:
    """Stop the clock of a test server

    The clock stands still until it is advanced, frozen again or reset. What falls due up to MOMENT
    happens before the command returns, as with `advance`. Words such as tomorrow count from this
    machine's clock. The past is allowed; idempotency keys keep their age then.
    """
    runtime: Runtime = ctx.obj
    body = {} if moment is None else {"moment": any_moment_of(moment, "MOMENT")}
    move(runtime, contract.freeze, body, lambda now: f"Stopped the clock at {now}.")
