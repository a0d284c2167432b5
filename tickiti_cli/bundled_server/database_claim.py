"""The claim of a database: its locks, so that no other process serves it meanwhile.

Rule: the locks end with the process, or with the server program that it executes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tickiti_cli.bundled_server import named_servers
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.contract.files.lockfile import Hold, LockHeld
from tickiti_cli.errors import LockedOut, UsageProblem

Held = TypeVar("Held")


def claim(database: Path) -> Hold:
    """Lock a database that may not exist yet, and make its folder.

    Raises LockedOut and UsageProblem.
    """
    return _claimed(_hold, database)


def claim_file(database: Path) -> int | None:
    """Lock the database file itself, once it exists. Raises LockedOut and UsageProblem."""
    return _claimed(lockfile.hold_file, database)


def _hold(database: Path) -> Hold:
    make_folder(database.parent)
    return lockfile.hold(database)


def _claimed(take: Callable[[Path], Held], database: Path) -> Held:
    try:
        return take(database)
    except LockHeld as error:
        who = f"process {error.holder.pid}" if error.holder else "another process"
        raise LockedOut(
            f"{database} is in use by {who}.", hint="Stop it with: tickiti server stop"
        ) from error
    except PermissionError as error:
        raise named_servers.access_problem(Path(error.filename), error, "written") from error
    except OSError as error:
        raise UsageProblem(f"--db {database}: {error.strerror}.") from error
