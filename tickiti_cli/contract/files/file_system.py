"""Folders and locks, for the CLI and the server: each error names the file it is about.

The rule of this file: every folder that is created above a file is private to its owner.
"""

import errno
import fcntl
import os
import time
from pathlib import Path

POLL_SECONDS = 0.02


def make_folder(folder: Path) -> Path:
    """Makes a folder and every missing one above it, each with mode 0700, and returns it.

    `Path.mkdir(parents=True)` gives its mode to the last folder alone: with an umask of 000 the
    others would be open to everybody. Raises OSError.
    """
    missing = []
    for each in (folder, *folder.parents):
        if os.path.lexists(each):
            break
        missing.append(each)
    for each in reversed(missing):
        try:
            each.mkdir(mode=0o700)
        except FileExistsError:  # another process was quicker
            if not each.is_dir():
                raise
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return folder


def lock(descriptor: int, path: Path, *, shared: bool = False, patience: float = 0.0) -> None:
    """Takes the flock of an open file; closing the descriptor, or the end of the process, drops it.

    `path` is the name that an error carries, `patience` the seconds to wait for another process.
    Raises BlockingIOError while another process holds the lock, OSError where the file system has
    no locks.
    """
    operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise BlockingIOError(error.errno, error.strerror, str(path)) from None
            time.sleep(POLL_SECONDS)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        else:
            return


def exists(path: Path | str) -> bool:
    """Whether a path exists, links followed; False where a folder may not be searched.

    `Path.exists` raises PermissionError then, and OSError for a name that is too long; so do its
    sisters. These three never raise.
    """
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path | str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112
