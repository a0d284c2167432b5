"""`--lock NAME`: one run of a name at a time, for jobs that may outlast their interval.

The rule of this file: the kernel holds the lock, so it ends with its process however that ends.
"""

import re
from pathlib import Path

from tickiti_cli.contract import lockfile
from tickiti_cli.contract.file_system import make_folder
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


def take(folder: Path, name: str) -> None:
    """Hold it until the process ends, also when it becomes another program.

    Raises LockedOut while another run has it, UsageProblem, ConfigProblem.
    """
    if not _NAME.fullmatch(name):
        raise UsageProblem(
            f"--lock: '{name}' is no name of at most 100 letters, digits, '.', '_' and '-'."
        )
    path = folder / f"{name}.lock"
    try:
        make_folder(folder)
        lockfile.acquire(path)
    except lockfile.LockHeld as held:
        raise LockedOut(f"Another run has the lock '{name}': {held}.") from held
    except OSError as error:
        raise ConfigProblem(f"--lock {name}: {path} cannot be locked: {error.strerror}.") from error
