"""Files that a command leaves behind for others: written whole, or not at all."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from tickiti_cli import locations
from tickiti_cli.contract.file_system import is_folder
from tickiti_cli.contract.replacing import Target, replace, target_of
from tickiti_cli.errors import UsageProblem


def replace_file(path: Path, content: bytes | Iterable[bytes], *, flag: str = "--out") -> None:
    """Replaces a regular file by rename, or writes to a device, a pipe or an open descriptor.

    Raises UsageProblem that names the flag, BrokenPipeError where the reader of a pipe went away.
    """
    try:
        replace(path, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageProblem(f"{flag} {path}: {error.strerror}.") from error


def refuse_file(path: Path, *, flag: str, waits: bool = True) -> None:
    """Before anything begins, where the file is written at the end.

    `waits`: whether the command may then wait for the reader of a pipe. Raises UsageProblem.
    """
    try:
        is_open = _can_be_written(target_of(locations.absolute(path)), waits=waits)
    except OSError:
        is_open = False
    if not is_open:
        raise UsageProblem(
            f"{flag} {path}: no file can be written there.",
            hint="Name a file in a folder that exists and that you may write to.",
        )


def _can_be_written(target: Target, *, waits: bool) -> bool:
    folder = target.path.parent
    if target.is_replaced:
        return is_folder(folder) and os.access(folder, os.W_OK | os.X_OK)
    if target.descriptor is not None:
        is_for_reading = fcntl.fcntl(target.descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        return waits and not is_for_reading
    if target.path.is_fifo():
        return waits
    return os.access(target.path, os.W_OK)
