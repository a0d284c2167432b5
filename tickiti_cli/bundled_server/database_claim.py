"""The database of a server, and its claim: the locks that keep other processes off meanwhile.

Rule: the locks end with the process, or with the server program that it executes.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tickiti_cli import paths
from tickiti_cli.bundled_server import named_servers
from tickiti_cli.bundled_server.named_servers import ClaimedName
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.database_location import Location, LocationRefused, location_of
from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.contract.files.lockfile import Hold, LockHeld
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem

DATABASE_FILE = "tickiti.db"

Held = TypeVar("Held")


def database_at(given: str | None, *, flag: str = "--db") -> Location:
    """Return the database of a command. Raises UsageProblem."""
    if given is None:
        return default_database()
    try:
        return location_of(given)
    except LocationRefused as error:
        # Not the text itself, which may have a password.
        raise UsageProblem(f"{flag}: {error}") from None


def default_database() -> Path:
    """Return the database of a server that is given none."""
    return lockfile.real_path(paths.data_dir() / DATABASE_FILE)


def memory_database() -> Path:
    """Return a database in a new folder, in memory if possible. It ends with the server."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    folder = tempfile.mkdtemp(prefix="tickiti-", dir=memory if memory.is_dir() else None)
    return Path(folder) / DATABASE_FILE


def claim(database: Location, claimed: ClaimedName | None = None) -> Hold:
    """Lock a database that may not exist yet, and make its folder. Several servers may serve a URL,
    so that its lock is that of the claimed name.

    Raises LockedOut, UsageProblem and ConfigProblem.
    """
    if isinstance(database, Path):
        return _claimed(_hold, database)
    if claimed is None or not claimed.locks:
        raise ConfigProblem(
            "This user has no home directory, so the server of a URL cannot be found again.",
            hint=f"Set {paths.CONFIG_DIR} to a directory of this user.",
        )
    return Hold(claimed.locks[0], None)


def claim_file(database: Path) -> int | None:
    """Lock the database file itself, once it exists. Raises LockedOut and UsageProblem."""
    return _claimed(lockfile.hold_file, database)


def claim_to_start(database: Location, claimed: ClaimedName) -> Hold:
    """Claim the database of a server that starts. Raises as `claim` does."""
    try:
        return claim(database, claimed)
    except LockedOut as error:
        if database == default_database():  # nobody chose it: a second server may be meant
            error.hint += "\nA second server needs a database of its own: --db FILE"
        raise


def _hold(database: Path) -> Hold:
    make_folder(database.parent)
    return lockfile.hold(database)


def _claimed(take: Callable[[Path], Held], database: Path) -> Held:
    try:
        return take(database)
    except LockHeld as error:
        who = f"process {error.holder.pid}" if error.holder else "another process"
        end = named_servers.stop_command(error.holder.name if error.holder else "")
        raise LockedOut(f"{database} is in use by {who}.", hint=f"Stop it with: {end}") from error
    except PermissionError as error:
        raise named_servers.access_problem(Path(error.filename), error, "written") from error
    except OSError as error:
        raise UsageProblem(f"--db {database}: {error.strerror}.") from error
