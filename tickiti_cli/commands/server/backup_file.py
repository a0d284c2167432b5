"""The argument that `server backup` and `server restore` share, and the database that they copy."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.bundled_server import database_claim
from tickiti_cli.errors import NotOffered

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="Backup file")]


def database_file(db: str | None, command: str) -> Path:
    """The file of --db. Raises UsageProblem; and NotOffered for a URL, with the command of
    PostgreSQL that does the same."""
    database = database_claim.database_at(db)
    if isinstance(database, Path):
        return database
    raise NotOffered(
        "PostgreSQL backs up and restores its databases itself.",
        hint=f"{command} {shlex.quote(database)}",
    )
