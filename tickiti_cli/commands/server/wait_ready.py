"""`tickiti server wait-ready`: waits until the server answers."""

import time
from typing import Annotated

import typer

from tickiti_cli.api.deadline import Deadline, Wire
from tickiti_cli.api.reply import OURS
from tickiti_cli.api.transport import looked, opened
from tickiti_cli.bundled_server import process, selection
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()

SHORTEST_SECONDS = 1.0
"""How long a local server may take to answer, so that `--timeout 0` asks once."""


@app.command(
    cls=Command,
    epilog=examples("tickiti server wait-ready", "tickiti server wait-ready --timeout 10"),
)
def wait_ready(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 30.0,
) -> None:
    """Wait until the server is ready.

    Exits with 13 if the time is up.
    """
    runtime: Runtime = ctx.obj
    deadline = time.monotonic() + timeout
    while not _is_ready(runtime, name, db, deadline - time.monotonic()):
        if time.monotonic() > deadline:
            raise ConditionNotMet(f"The server was not ready within {timeout:g} s.")
        time.sleep(process.POLL_SECONDS)


def _is_ready(runtime: Runtime, name: str | None, db: str | None, left: float) -> bool:
    """Return whether a server answers its readyz. The address of a local one is in its lock file,
    where it stays while the server is suspended or its database is away."""
    is_local = name is not None or db is not None
    if not is_local and (runtime.globals.base_url or runtime.globals.profile):
        return runtime.client.sender.is_ready(within=left)
    running = selection.select(runtime, name, db).running
    return running is not None and running.port > 0 and _answers(running.base_url, left)


def _answers(base_url: str, left: float) -> bool:
    """Ask a server of this machine, which needs no settings and no proxy."""
    with Deadline(max(SHORTEST_SECONDS, left), Wire()) as deadline:
        answer = looked(opened(None, None), f"{base_url}{OURS}readyz", deadline, has_body=False)
    return answer.status == 200
