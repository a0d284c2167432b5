"""The files that no output may replace: databases, and the files of the configuration.

A wrong name, such as one that TAB has completed, would take every ticket or every token with it.
"""

import os
from pathlib import Path

from tickiti_cli import paths
from tickiti_cli.contract.files.atomic_file import Target
from tickiti_cli.contract.files.database_file import is_database
from tickiti_cli.errors import UsageProblem

_SIDE_FILES = ("-wal", "-shm", ".lock")


def refuse_own(target: Target, named: str) -> None:
    """Raise UsageProblem for a file of ours. `named`: the flag and its value."""
    if not target.is_replaced or target.status is None:
        return
    if kind := _kind(target.path):
        raise UsageProblem(
            f"{named}: this is {kind}, which would be replaced.", hint="Name another file."
        )


def _kind(path: Path) -> str:
    if path.name == paths.PROJECT_FILE or path in _configuration():
        return "a file of your configuration"
    if is_database(path):
        return "a database"
    sides = [path.with_name(path.name.removesuffix(side)) for side in _SIDE_FILES]
    if any(side != path and is_database(side) for side in sides):
        return "a file of a database"
    return ""


def _configuration() -> list[Path]:
    folder = Path(os.path.realpath(paths.config_dir(os.environ)))
    return [folder / name for name in (paths.CONFIG_FILE, paths.CREDENTIALS_FILE)]
