"""`tickiti server clock advance`: advances the clock of a server in test mode."""

from typing import Annotated

import typer

from tickiti_cli.commands.server.clock.move import move
from tickiti_cli.contract.bundled.test_mode import clock as contract
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.durations import seconds_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server clock advance 1d -p test", "tickiti server clock advance 90m -p test"
    ),
)
def advance(
    ctx: typer.Context,
    *,
    seconds: Annotated[  # the field of the request, so that its errors name the argument
        str, typer.Argument(metavar="DURATION", help="Time to advance by, such as 90m, 24h or 30d")
    ],
) -> None:
    """Advance the clock of a test server

    What falls due happens in order before the command returns: tickets on hold reopen, mail and
    webhooks are retried, old idempotency keys and mail are deleted. The command waits at most 20
    seconds for deliveries. A frozen clock stays frozen.
    """
    runtime: Runtime = ctx.obj
    span = seconds_of(seconds, "DURATION")
    if not span:
        raise UsageProblem("DURATION: must be more than 0.")
    move(
        runtime,
        contract.advance,
        {"seconds": span},
        lambda now: f"Advanced the clock by {seconds.strip()} to {now}.",
    )
