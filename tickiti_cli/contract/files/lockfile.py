"""The two locks that allow one server a database, and by which the CLI finds that server.

The first is an flock on `<database>.lock`, whose text names the holder: `stop`, `status` and `url`
read it. The second is an flock on the database file itself, because a hard link or a bind mount
gives one file two names. The kernel drops both when the holder ends, so a crash never blocks the
next start. Both are inherited across exec: the CLI takes them, then becomes the server.

Rule: a descriptor of a database is opened before SQLite opens its own, and is never closed. Closing
any descriptor of a file drops all POSIX locks that SQLite holds on the file in that process.
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

from tickiti_cli.contract.files.file_system import lock

LOCKS_DATABASE = sys.platform == "linux"
"""Only Linux keeps an flock and SQLite's POSIX locks apart. On other systems they conflict even
within one process, so that only the lock file keeps a second server off."""

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound here
"""The address within this machine of a server that listens on all addresses."""


@dataclass(frozen=True, slots=True)
class Running:
    """The holder of the lock. `port` is 0 until the server answers requests. `log` is its log file,
    or empty where it logs to standard error. `name` and `database` may be empty. `test`: in test
    mode, with a clock that `clock` describes where it is not that of the machine."""

    pid: int
    host: str = ""
    port: int = 0
    version: str = ""
    log: str = ""
    name: str = ""
    database: str = ""
    test: bool = False
    clock: str = ""

    @property
    def base_url(self) -> str:
        """The address for programs of this machine, to which a token may go unencrypted."""
        return self._url_of(_LOOPBACK_OF.get(self.host, self.host))

    @property
    def listens_on(self) -> str:
        """The address that the server was given."""
        return self._url_of(self.host)

    def _url_of(self, host: str) -> str:
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Hold(NamedTuple):
    """The descriptors of both locks. `database` is None where the file does not exist yet."""

    lock: int
    database: int | None


class LockHeld(Exception):
    """Another process holds the lock. `holder` is None where that process has written nothing
    yet."""

    def __init__(self, holder: Running | None) -> None:
        self.holder = holder
        super().__init__(f"held by process {holder.pid}" if holder else "held by another process")


def path_for(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def real_path(database: Path) -> Path:
    """The file behind a symbolic link, because its locks and its log lie beside the file. Any other
    path is only made absolute."""
    if os.path.islink(database):  # noqa: PTH114 - Path's own raises for a name that is too long
        return Path(os.path.realpath(database))
    return database.absolute()


def older_log(log: Path) -> Path:
    """The name that a full log is renamed to. The previous file of that name is overwritten."""
    return log.with_name(f"{log.name}.1")


def hold(database: Path) -> Hold:
    """Take both locks on a database that may not exist yet. Raises LockHeld and OSError."""
    lock = acquire(path_for(database))
    try:
        return Hold(lock, hold_file(database) if database.exists() else None)
    except BaseException:
        os.close(lock)
        raise


def acquire(path: Path) -> int:
    """Take the lock and return its file descriptor, inheritable; raises LockHeld and OSError."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(descriptor, path):
            os.close(descriptor)
            raise LockHeld(_read(path))
        if is_still(descriptor, path):
            break
        os.close(descriptor)  # its last holder has just removed it
    write(descriptor, Running(pid=os.getpid()))
    return descriptor


def forget_unused(database: Path) -> None:
    """Remove the lock file of a database that does not exist. Only the holder may call this."""
    if not database.exists():
        path_for(database).unlink(missing_ok=True)


def hold_file(database: Path) -> int | None:
    """Take the lock on an existing database file. Returns the inheritable descriptor, or None where
    databases are not locked. Raises LockHeld, with the holder if it can be found, and OSError."""
    if not LOCKS_DATABASE:
        return None
    # Not blocking: a pipe of that name would be waited for.
    descriptor = os.open(database, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is not a regular file", str(database))
    if not _locked(descriptor, database):
        os.close(descriptor)
        raise LockHeld(_locker(found))
    return descriptor


def is_still(descriptor: int, path: Path) -> bool:
    """Whether the descriptor and the path are one file."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def keep(descriptor: int, path: Path, running: Running) -> int:
    """Restore a lock file that somebody has removed or replaced. Returns the descriptor of the
    present lock file. Never fails: a lock file that another process has locked stays."""
    if is_still(descriptor, path):
        return descriptor
    with suppress(OSError, LockHeld):
        another = acquire(path)
        write(another, running)
        return another
    return descriptor


def write(descriptor: int, running: Running) -> None:
    """Replace the text of the lock file. Only the holder may call this.

    Blanks make both texts equally long meanwhile, because a process that reads the file between two
    of these calls must find one of the two, and not the new one with the end of the old one.
    """
    text = json.dumps(asdict(running)).encode()
    before = os.fstat(descriptor).st_size
    os.pwrite(descriptor, b" " * (len(text) - before), before)
    os.pwrite(descriptor, text.ljust(before), 0)
    os.ftruncate(descriptor, len(text))


def holder(path: Path) -> Running | None:
    """The process that holds the lock now. None where the file is absent or not locked."""
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
    """Locks the descriptor and makes it inheritable. False where another process holds the lock;
    closes the descriptor and raises OSError where the file system has no locks."""
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
    """Takes the lock without waiting. Raises BlockingIOError, and OSError for a file system without
    locks."""
    try:
        lock(descriptor, path, shared=shared)
    except BlockingIOError:
        raise
    except OSError as error:
        sentence = f"It cannot be locked ({error.strerror})"
        raise OSError(error.errno, sentence, str(path)) from error


def _locker(database: os.stat_result) -> Running | None:
    """The process that has an flock on this file, by /proc. Only processes that we may inspect are
    found."""
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
    """The record of the latest holder, which may have ended. None where there is no record."""
    return _read(path)


def _read(path: Path) -> Running | None:
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(path.read_bytes()))
    return None
