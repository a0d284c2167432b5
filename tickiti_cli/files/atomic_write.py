"""Writes a file by an atomic rename, so that a reader or a crash sees the old file or the new one.

Rule: with `lock.py` and `contract/files` this is the only place that renames a file or syncs one to
the disk.
"""

import errno
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from tickiti_cli import paths
from tickiti_cli.contract.files.atomic_file import (
    Target,
    is_stdout,
    kept_owner,
    replace,
    target_of,
)
from tickiti_cli.contract.files.file_system import is_folder, make_folder
from tickiti_cli.errors import ConfigProblem, UsageProblem

__all__ = [
    "Target",
    "cure_of",
    "is_stdout",
    "kept_owner",
    "move",
    "refuse_unwritable",
    "replace",
    "sync",
    "target_of",
    "write_output",
    "write_private",
]


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The system's errors for a disk or a quota that is full."""


def cure_of(problem: ConfigProblem) -> str:
    """Returns what to do about a file of `write_private` that cannot be written."""
    if getattr(problem.__cause__, "errno", None) in FULL:
        return "Free some space"
    return f"Make its directory writable, name another one in {paths.CONFIG_DIR}"


def write_private(
    path: Path, text: str, *, is_durable: bool = True, owner: tuple[int, int] | None = None
) -> None:
    """Writes a file with mode 0600 by an atomic rename. Symbolic links are followed.

    `is_durable`: the file is synced, so that it survives a power cut. `owner`: user and group of
    the file, where they differ from the caller's. Raises ConfigProblem.
    """
    try:
        make_folder(path.parent)
        replace(path, text.encode(), secret=True, durable=is_durable, owner=owner)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error
    except UnicodeEncodeError:
        raise ConfigProblem(
            f"{path} cannot be written: a value is not valid UTF-8.",
            hint="Check the terminal's encoding.",
        ) from None


def write_output(path: Path, content: bytes | Iterable[bytes], *, flag: str = "--out") -> None:
    """Replaces a regular file by rename, or writes to a device, a pipe or an open descriptor.

    Raises UsageProblem that names the flag, also for a database or a file of the configuration, and
    BrokenPipeError where the reader of a pipe went away.
    """
    from tickiti_cli.files.own_files import refuse_own  # noqa: PLC0415 - of an output alone

    try:
        refuse_own(target_of(path), f"{flag} {path}")
        replace(path, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageProblem(f"{flag} {path}: {error.strerror}.") from error


def refuse_unwritable(path: Path, *, flag: str, waits: bool = True) -> None:
    """Raises UsageProblem where no file can be written, before a long command begins.

    `waits`: whether the command may later wait for the reader of a pipe.
    """
    from tickiti_cli.files.own_files import refuse_own  # noqa: PLC0415 - of an output alone

    try:
        target = target_of(paths.absolute(path))
        refuse_own(target, f"{flag} {path}")
        can_be_written = _can_be_written(target, waits=waits)
    except OSError:
        can_be_written = False
    if not can_be_written:
        raise UsageProblem(
            f"{flag} {path}: cannot write a file there.",
            hint="Name a file in a directory that exists and that you may write to.",
        )


def sync(file: IO[bytes] | IO[str], *, with_times: bool = True) -> None:
    """Flushes an open file and waits until its bytes are on the disk. Raises OSError.

    `with_times=False` leaves out the times of the file (fdatasync), which is quicker.
    """
    file.flush()
    if with_times:
        os.fsync(file.fileno())
    else:
        os.fdatasync(file.fileno())


def move(made: Path, target: Path) -> None:
    """Gives a complete file its final name by an atomic rename. Raises OSError."""
    made.replace(target)


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
