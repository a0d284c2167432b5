"""`tickiti server check`: verifies a database or a backup."""

from typing import Annotated

import typer

from tickiti_cli.bundled_server import data, selection
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import ServerName
from tickiti_cli.runtime import Runtime

app = verb()

CHECKED = columns("path", "bytes", "schema", "tickets", "responses", "keys", "tokens")


@app.command(
    cls=Command,
    epilog=examples("tickiti server check", "tickiti server check tickiti-2026-11-24.db"),
)
def check(
    ctx: typer.Context,
    *,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="Database file, backup or PostgreSQL URL (default: your database)"
        ),
    ] = None,
    name: ServerName = None,
) -> None:
    """Verify the integrity of a database or backup.

    Exits with 16 if the database is damaged or from another version. Changes nothing; the server
    may be running. For PostgreSQL, only the version of the tables is checked.
    """
    runtime: Runtime = ctx.obj
    if file is not None and name is not None:
        raise UsageProblem("FILE and --name contradict each other: give one of them.")
    found = data.run("check", selection.database_of(runtime, name, file, flag="FILE"))
    runtime.output.show(found, CHECKED)
