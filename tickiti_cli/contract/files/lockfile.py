"""The locks on a database: one server a database, and how the CLI finds that server.

There are two. An flock on `<database>.lock`, which says who holds it: by this one `stop`, `status`
and `url` find a server. And an flock on the database file itself, which a second name for that file
does not get around: a hard link, a bind mount. The kernel drops both with their holder, so that
what a crash leaves never blocks the next start. They are inherited across exec: the CLI takes them,
and the server it becomes keeps them.

The rule of this file: a descriptor of a database is opened before SQLite's own and never closed.
Closing any descriptor of a file drops all the locks that SQLite has on it in that process.
"""

import errno
import json
import os
import stat
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.contract.file_system import lock

LOCKS_DATABASE = sys.platform == "linux"
"""Elsewhere an flock and the locks that SQLite takes get in each other's way, within one process
too; there the lock file alone keeps a second server off."""


@dataclass(frozen=True, slots=True)
class Running:
    """Who holds the lock. `port` is 0 until the server answers requests; `log` is the file it
    writes its log to, empty where that is its caller's standard error; `name` and `database` are
    what it was started as and on, as far as it says so."""

    pid: int
    host: str = ""
    port: int = 0
    version: str = ""
    log: str = ""
    name: str = ""
    database: str = ""

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class Hold(NamedTuple):
    """Descriptors of both locks; `database` is None where there is no such file yet."""

    lock: int
    database: int | None


class LockHeld(Exception):
    """Another process holds the lock; `holder` is what it wrote, if it got that far."""

    def __init__(self, holder: Running | None) -> None:
        self.holder = holder
        super().__init__(f"held by process {holder.pid}" if holder else "held by another process")


def path_for(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def real_path(database: Path) -> Path:
    """The file behind a symbolic link: its locks and its log stand beside it, not beside the link.
    Any other path is as it was given, made absolute."""
    if os.path.islink(database):  # noqa: PTH114 - Path's own raises for a name that is too long
        return Path(os.path.realpath(database))
    return database.absolute()


def older_log(log: Path) -> Path:
    """Where a log goes when it is full; the one before that is lost."""
    return log.with_name(f"{log.name}.1")


def hold(database: Path) -> Hold:
    """Take both locks on a database that may be there. Raises LockHeld and OSError."""
    lock = acquire(path_for(database))
    try:
        return Hold(lock, hold_file(database) if database.exists() else None)
    except BaseException:
        os.close(lock)
        raise


def acquire(path: Path) -> int:
    """Take the lock and return its file descriptor, inheritable; raises LockHeld and OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(descriptor, path):
        os.close(descriptor)
        raise LockHeld(_read(path))
    write(descriptor, Running(pid=os.getpid()))
    return descriptor


def hold_file(database: Path) -> int | None:
    """Take the lock on a database file that is there; its descriptor, inheritable, or None where
    databases are not locked. Raises LockHeld, with the holder if it can be found, and OSError."""
    if not LOCKS_DATABASE:
        return None
    # Not blocking: a pipe of that name would be waited for.
    descriptor = os.open(database, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is no file", str(database))
    if not _locked(descriptor, database):
        os.close(descriptor)
        raise LockHeld(_locker(found))
    return descriptor


def is_still(descriptor: int, path: Path) -> bool:
    """Whether that is the file of this name."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def keep(descriptor: int, path: Path, running: Running) -> int:
    """Put the lock file back where somebody has removed or replaced it; the descriptor of the one
    that is there now. Never fails: where another one is locked, that is left alone."""
    if is_still(descriptor, path):
        return descriptor
    with suppress(OSError, LockHeld):
        another = acquire(path)
        write(another, running)
        return another
    return descriptor


def write(descriptor: int, running: Running) -> None:
    """Replace what the lock file says; only the holder may."""
    text = json.dumps(asdict(running)).encode()
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


def holder(path: Path) -> Running | None:
    """The process that holds the lock now, or None: a file without a lock on it is history."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        _flock(descriptor, path, shared=True)
    except BlockingIOError:
        return _read(path) or Running(pid=0)
    else:
        return None
    finally:
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Whether it could be locked; then it is inheritable, else closed where that is an error."""
    try:
        _flock(descriptor, path)
    except BlockingIOError:
        return False
    except OSError:
        os.close(descriptor)
        raise
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - the call has no keyword
    return True


def _flock(descriptor: int, path: Path, *, shared: bool = False) -> None:
    """Without waiting. Raises BlockingIOError, and OSError for a file system without locks."""
    try:
        lock(descriptor, path, shared=shared)
    except BlockingIOError:
        raise
    except OSError as error:
        sentence = f"It cannot be locked ({error.strerror})"
        raise OSError(error.errno, sentence, str(path)) from error


def _locker(database: os.stat_result) -> Running | None:
    """Who has an flock on this file: what the kernel says of each process that we may look at."""
    with suppress(OSError):
        for pid in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - names, not paths
            with suppress(OSError):
                if _has_locked(f"/proc/{pid}", database):
                    return Running(pid=int(pid))
    return None


def _has_locked(process: str, database: os.stat_result) -> bool:
    for number in os.listdir(f"{process}/fd"):  # noqa: PTH208 - names, not paths
        with suppress(OSError):
            is_it = os.path.samestat(os.stat(f"{process}/fd/{number}"), database)  # noqa: PTH116
            if is_it and "FLOCK" in Path(f"{process}/fdinfo/{number}").read_text("ascii"):
                return True
    return False


def last(path: Path) -> Running | None:
    """What its latest holder wrote, whether it holds it still or not; None for no record."""
    return _read(path)


def _read(path: Path) -> Running | None:
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(path.read_bytes()))
    return None
