"""`tickiti server backup`: copies the database to a new file."""

import shlex
from pathlib import Path

import typer

from tickiti_cli import paths
from tickiti_cli.bundled_server import data
from tickiti_cli.commands.server.backup_file import Backup, database_file
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import target_of
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti server backup tickiti-2026-11-24.db", "tickiti server check"),
)
def backup(
    ctx: typer.Context, *, file: Backup, name: ServerName = None, db: Database = None
) -> None:
    """Back up the database to a new file.

    Works while the server runs. The backup is one consistent file. It is verified and flushed to
    disk before it gets its name; an existing file is never overwritten.
    """
    runtime: Runtime = ctx.obj
    if str(file) == "-":
        raise UsageProblem("FILE: a backup cannot be written to standard output.")
    pg_dump = f"pg_dump --format=custom --file={shlex.quote(str(file))}"
    database = database_file(runtime, name, db, pg_dump)
    target = _new_file(file)
    done = data.run("backup", database, file=target)
    said = f"Wrote {done['path']} (tickets: {done['tickets']}, bytes: {done['bytes']})."
    runtime.output.done(done, said=said, plain=done["path"])


def _new_file(file: Path) -> Path:
    """Resolve the links to the backup's file. Raises UsageProblem for anything but a regular
    file."""
    try:
        target = target_of(paths.absolute(file))
    except OSError as error:
        raise UsageProblem(f"{file}: {error.strerror}.") from error
    if not target.is_replaced:
        raise UsageProblem(f"{file} is not a regular file.")
    return target.path
