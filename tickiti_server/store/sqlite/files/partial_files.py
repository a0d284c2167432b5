"""Partial files: an unfinished copy is `.NAME.PID.part` beside its final name.

A partial file has a name because SQLite opens no unnamed file. Rule: its writer holds an flock
until the process ends. A partial file without a lock was left by a killed process, whatever process
has that number now, and the next command that writes beside the file removes it.
"""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tickiti_server.store.sqlite.files.integrity import shm_path, wal_path

_PART = re.compile(r"\.(?P<name>.+)\.(?P<pid>[0-9]{1,10})\.part")
_BEGINNING = b"SQLite format 3\0"


@contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """Create an empty file beside `target`, and remove it and SQLite's files beside it at the end.

    An OSError names `target`, because the user knows that name. The file stays locked until this
    process ends, under whatever name.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _remove(part)
        # Never closed, because a close would drop the locks that SQLite has on the file.
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        _lock(descriptor)
        yield part
    except OSError as error:
        if error.filename is None or str(part) in (error.filename, error.filename2):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise
    finally:
        with suppress(OSError):
            _remove(part)


def remove_abandoned(target: Path, *, others: bool = False) -> None:
    """Remove the partial files of killed processes for names that begin with `target`.

    With `others`, the partial copies of every database in the folder are removed too. Never fails.
    """
    with suppress(OSError):
        for path in target.parent.iterdir():
            found = _PART.fullmatch(path.name)
            if found is None or not (others or found["name"].startswith(target.name)):
                continue
            is_ours = found["name"].startswith(target.name)
            with suppress(OSError):
                if _is_abandoned(path, int(found["pid"]), needs_beginning=not is_ours):
                    _remove(path)


def sync(path: Path) -> None:
    """Sync a file, or the names in a folder, to the disk. The database must not be open at that
    time."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_abandoned(part: Path, pid: int, *, needs_beginning: bool) -> bool:
    """Whether a file is a copy of ours without a writer.

    Earlier versions took no flock, so a running process of that number may be the writer.
    """
    if pid == os.getpid() or _is_alive(pid):
        return False
    # No symbolic link is followed, and a pipe does not block.
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return False
        if needs_beginning and os.pread(descriptor, len(_BEGINNING), 0) != _BEGINNING:
            return False
        return _lock(descriptor)
    finally:
        os.close(descriptor)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _lock(descriptor: int) -> bool:
    """Take the lock. Returns False if another process has it, or without support for locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(part: Path) -> None:
    for name in (part, wal_path(part), shm_path(part), Path(f"{part}-journal")):
        name.unlink(missing_ok=True)
