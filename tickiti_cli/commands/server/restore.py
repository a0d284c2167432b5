"""`tickiti server restore`: replaces the database with a backup."""

import shlex

import typer

from tickiti_cli import paths
from tickiti_cli.bundled_server import data, database_claim
from tickiti_cli.commands.server.backup_file import Backup, database_file
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti server restore tickiti-2026-11-24.db --yes"),
)
def restore(
    ctx: typer.Context, *, file: Backup, name: ServerName = None, db: Database = None
) -> None:
    """Replace the database with a backup.

    The server must be stopped. The backup is verified first, and the old database is kept beside
    the new one. Everything since the backup is undone: tickets, created and revoked tokens, and
    used idempotency keys. A client that retries one of those requests repeats its effect.
    """
    runtime: Runtime = ctx.obj
    pg_restore = f"pg_restore --clean --if-exists {shlex.quote(str(file))} --dbname"
    database = database_file(runtime, name, db, pg_restore)
    hold = database_claim.claim(database)
    runtime.confirm(f"Replace {database} with {file}?")
    done = data.run("restore", database, file=paths.absolute(file), lock=hold.lock)
    was = f" The old database is kept as {done['kept']}." if done["kept"] else ""
    said = f"Restored {done['path']} (tickets: {done['tickets']}, bytes: {done['bytes']}).{was}"
    runtime.output.done(done, said=said, plain=done["path"])
