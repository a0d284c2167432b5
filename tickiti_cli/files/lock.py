"""Locks (flock) that one run of the CLI holds against other runs.

Rule: the kernel holds a lock, so the lock ends with its process, however that process ends.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickiti_cli.contract.files.file_system import lock, make_folder
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem

__all__ = ["file_locked", "folder_locked", "lock", "open_locked", "take_named"]

LOCK_SECONDS = 30.0
"""How long a change waits for another process's change, which may have to unlock a keyring."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")

_locked = threading.local()
"""`folders`: the folders that this thread has locked, because a second flock of its own would never
be granted."""


@contextmanager
def folder_locked(path: Path) -> Iterator[None]:
    """Holds the lock of a file's folder, so that no other process changes the file between a read
    and a write. A thread may nest locks of one folder.

    Raises ConfigProblem without a folder or a lock, LockedOut where another process keeps the lock.
    """
    descriptor = _open_folder(path)
    try:
        status = os.fstat(descriptor)
        folder = status.st_dev, status.st_ino
        locked: set[tuple[int, int]] = _locked.__dict__.setdefault("folders", set())
        if folder in locked:
            yield
            return
        _lock_folder(descriptor, path)
        locked.add(folder)
        try:
            yield
        finally:
            locked.discard(folder)
    finally:
        os.close(descriptor)


@contextmanager
def file_locked(path: Path, *, busy: str, patience: float = 0.0) -> Iterator[None]:
    """Holds the lock of a file that is made for it and stays.

    Raises LockedOut with the sentence `busy` where another process keeps the lock for `patience`
    seconds, and ConfigProblem.
    """
    descriptor = None
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        lock(descriptor, path, patience=patience)
    except OSError as error:
        if descriptor is not None:
            os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise LockedOut(busy) from None
        raise ConfigProblem(f"{path} cannot be locked: {error.strerror}.") from error
    try:
        yield
    finally:
        os.close(descriptor)


def open_locked(path: Path) -> int:
    """Opens a file that exists and locks it; closing the returned descriptor drops the lock.

    Raises BlockingIOError while another process holds the lock, and OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        lock(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def take_named(folder: Path, name: str) -> None:
    """Takes the lock of `--lock NAME` until the process ends, across exec as well.

    Raises LockedOut while another run holds the lock, UsageProblem, ConfigProblem.
    """
    from tickiti_cli.contract.files import lockfile  # noqa: PLC0415 - few commands take --lock

    if not _NAME.fullmatch(name):
        raise UsageProblem(
            f"--lock: '{name}' is not a valid name: use letters, digits, '.', '_' and '-', at most "
            "100 of them."
        )
    path = folder / f"{name}.lock"
    try:
        make_folder(folder)
        lockfile.acquire(path)
    except lockfile.LockHeld as holder:
        raise LockedOut(f"Another run holds the lock '{name}': {holder}.") from holder
    except OSError as error:
        raise ConfigProblem(f"--lock {name}: {path} cannot be locked: {error.strerror}.") from error


def _open_folder(path: Path) -> int:
    try:
        return os.open(make_folder(path.parent), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error


def _lock_folder(descriptor: int, path: Path) -> None:
    try:
        lock(descriptor, path.parent, patience=LOCK_SECONDS)
    except BlockingIOError:
        raise LockedOut(
            f"Another process has been changing {path} for {LOCK_SECONDS:g} seconds."
        ) from None
    except OSError as error:
        raise ConfigProblem(
            f"{path} cannot be changed: {path.parent} cannot be locked: {error.strerror}."
        ) from error
