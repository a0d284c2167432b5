"""`tickiti server reset`: empties a server in test mode, or returns it to its seeds."""

import typer

from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import state as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server reset"))
def reset(ctx: typer.Context) -> None:
    """Return a server in test mode to its start

    The server is empty again, or has the data of the --demo and --seed flags of its start. IDs,
    ticket numbers and the clock start again. Your token stays valid. Requests under way finish
    first. Operations and files that were sent before a reset do not count afterwards: `tickiti op
    resume` does not send such an operation, and an import sends such a file again.
    """
    runtime: Runtime = ctx.obj
    found = call(runtime, contract.reset, {}).data
    runtime.output.done(found, said="Reset the server.", plain=str(found["epoch"]))
