"""`tickiti server stop`: stops the bundled server."""

from typing import Annotated

import typer

from tickiti_cli.bundled_server import selection
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server stop"))
def stop(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 35.0,
) -> None:
    """Stop the server after it finishes open requests.

    Requests have 30 s to finish, and the server ends within two more, even if its database does not
    answer.
    """
    runtime: Runtime = ctx.obj
    sought = selection.select(runtime, name, db)
    running = sought.running
    if running is not None:
        selection.stop(sought, seconds=timeout)
    shown = {"state": "stopped", "pid": running.pid if running else None}
    said = "Stopped the server." if running else "The server is not running."
    runtime.output.done(shown, said=said, plain="stopped" if running else "not running")
