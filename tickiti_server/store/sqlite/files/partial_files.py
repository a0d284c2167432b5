"""Files that are not finished: `.NAME.PID.part`, beside the name that they will get.

They have a name because SQLite opens nothing that has none. The rule of this file: whoever writes
one has an flock on it until its process ends; so one without is left by a process that was killed,
whatever its number means by now, and the next command that writes beside it removes it.
"""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tickiti_server.store.sqlite.soundness import index_of, log_of

_PART = re.compile(r"\.(?P<name>.+)\.(?P<pid>[0-9]{1,10})\.part")
_BEGINNING = b"SQLite format 3\0"


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """An empty file beside `target` that is gone at the end, whatever SQLite put beside it too.

    Its troubles are told as those of `target`: that name the user knows. Whatever it is renamed to
    stays locked until this process ends.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _remove(part)
        # Never closed: that would drop the locks which SQLite has on it.
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


def remove_dead(target: Path, *, others: bool = False) -> None:
    """Remove what killed processes have left of `target` and of names that begin with it; with
    `others`, of any database's copy in that folder. Never fails."""
    with suppress(OSError):
        for path in target.parent.iterdir():
            found = _PART.fullmatch(path.name)
            if found is None or not (others or found["name"].startswith(target.name)):
                continue
            is_ours = found["name"].startswith(target.name)
            with suppress(OSError):
                if _is_dead(path, int(found["pid"]), needs_beginning=not is_ours):
                    _remove(path)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk. A database is in no use meanwhile."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_dead(part: Path, pid: int, *, needs_beginning: bool) -> bool:
    """Whether it is a copy of ours that nobody writes any more. Earlier versions took no flock on
    theirs: a process of that number, if there is one, may be writing it."""
    if pid == os.getpid() or _is_alive(pid):
        return False
    # Not through a link, and not waiting for a pipe.
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
    """False where another process has it, or where the file system knows no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(part: Path) -> None:
    for name in (part, log_of(part), index_of(part), Path(f"{part}-journal")):
        name.unlink(missing_ok=True)
