"""The argument that `server backup` and `server restore` share, and the database that they copy."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.bundled_server import selection
from tickiti_cli.contract.files.database_location import direct
from tickiti_cli.errors import NotOffered
from tickiti_cli.runtime import Runtime

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="Backup file")]


def database_file(runtime: Runtime, name: str | None, db: str | None, command: str) -> Path:
    """The file of --name or --db. Raises UsageProblem, ConfigProblem and ConditionNotMet; and for a
    URL NotOffered, with the command of PostgreSQL that does the same."""
    database = selection.database_of(runtime, name, db)
    if isinstance(database, Path):
        return database
    raise NotOffered(
        "PostgreSQL backs up and restores its databases itself.",
        hint=f"{command} {shlex.quote(direct(database))}",
    )
