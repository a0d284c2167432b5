"""`tickiti server check`: verifies a database or a backup."""

from typing import Annotated

import typer

from tickiti_cli.bundled_server import data, database_claim
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
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
            metavar="FILE", help="Database, backup or URL of PostgreSQL (default: your database)"
        ),
    ] = None,
) -> None:
    """Verify the integrity of a database or backup.

    Exit 16 if it is damaged or from another version. Changes nothing; the server may be running.
    For PostgreSQL, only the version of the tables is checked.
    """
    runtime: Runtime = ctx.obj
    found = data.run("check", database_claim.database_at(file))
    runtime.output.show(found, CHECKED)
