"""`tickiti server requests clear`: empties the request log."""

import typer

from tickiti_cli.contract.bundled.test_mode import requests as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server requests clear -p test"))
def clear(ctx: typer.Context) -> None:
    """Forget all requests so far

    Needs a server that was started with --test.
    """
    runtime: Runtime = ctx.obj
    cleared = runtime.client.call(contract.clear, {}).accepted
    count = cleared["cleared"]
    runtime.output.done(cleared, said=f"Removed requests: {count}.", plain=count)
