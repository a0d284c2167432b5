"""Claiming a database, so that nobody serves it meanwhile.

The rule of this file: the locks end with the process, or with the one that it becomes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tickiti_cli import named_servers
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.file_system import make_folder
from tickiti_cli.contract.lockfile import Hold, LockHeld
from tickiti_cli.errors import LockedOut, UsageProblem

Held = TypeVar("Held")


def claim(database: Path) -> Hold:
    """Both locks on a database that may be there; makes its folder. Raises LockedOut and
    UsageProblem."""
    return _claimed(_hold, database)


def claim_file(database: Path) -> int | None:
    """The lock on the file itself, once it is there. Raises LockedOut and UsageProblem."""
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
        raise named_servers.unreadable(Path(error.filename), error, "written") from error
    except OSError as error:
        raise UsageProblem(f"--db {database}: {error.strerror}.") from error
