"""Keeping the bundled server's data: looking at it, copying it, and putting a copy back."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli import claims, local_data, local_server, locations
from tickiti_cli.command import Command, ConfirmedCommand, examples, verb
from tickiti_cli.contract.replacing import target_of
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import Database
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = verb()

CHECKED = columns("path", "bytes", "schema", "tickets", "responses", "keys", "tokens")

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@app.command(
    cls=Command,
    epilog=examples("tickiti server backup tickiti-2026-11-24.db", "tickiti server check"),
)
def backup(ctx: typer.Context, *, file: Backup, db: Database = None) -> None:
    """Copy the database to a new file, while the server runs or not.

    The copy is what was committed when it began, in one file that needs no other. It is checked,
    and on the disk, before it gets its name; a file of that name that exists is left alone.
    """
    runtime: Runtime = ctx.obj
    if str(file) == "-":
        raise UsageProblem("FILE: a backup is a file; it cannot be written to standard output.")
    target = _new_file(file)
    done = local_data.run("backup", local_server.database_path(db), file=target)
    said = f"Wrote {done['path']} (tickets: {done['tickets']}, bytes: {done['bytes']})."
    runtime.output.done(done, said=said, plain=done["path"])


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti server restore tickiti-2026-11-24.db --yes"),
)
def restore(ctx: typer.Context, *, file: Backup, db: Database = None) -> None:
    """Put a backup in the place of the database; no server may be running on it.

    The backup is checked first. The database that was there is kept beside the new one. What
    happened since the backup is undone: tickets, tokens that were minted or revoked, and used
    idempotency keys, so that a client that retries one of these files it again.
    """
    runtime: Runtime = ctx.obj
    database = local_server.database_path(db)
    hold = claims.claim(database)
    runtime.confirm(f"Put {file} in the place of {database}?")
    done = local_data.run("restore", database, file=locations.absolute(file), lock=hold.lock)
    was = f" What was there is {done['kept']}." if done["kept"] else ""
    said = f"Restored {done['path']} (tickets: {done['tickets']}, bytes: {done['bytes']}).{was}"
    runtime.output.done(done, said=said, plain=done["path"])


@app.command(
    cls=Command,
    epilog=examples("tickiti server check", "tickiti server check tickiti-2026-11-24.db"),
)
def check(
    ctx: typer.Context,
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A backup (your database).")
    ] = None,
) -> None:
    """Look at all of a database or a backup; exit 16 if it is damaged or not for this version.

    Nothing is changed, and the server may be running.
    """
    runtime: Runtime = ctx.obj
    found = local_data.run("check", local_server.database_path(file))
    runtime.output.show(found, CHECKED)


def _new_file(file: Path) -> Path:
    """The file behind the links that lead to it. Raises UsageProblem for what is not a file."""
    try:
        target = target_of(locations.absolute(file))
    except OSError as error:
        raise UsageProblem(f"{file}: {error.strerror}.") from error
    if not target.is_replaced:
        raise UsageProblem(f"{file}: a backup is a regular file, which {file} is not.")
    return target.path
