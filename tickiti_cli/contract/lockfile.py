"""The lock file beside a database: one server a database, and how the CLI finds that server.

The lock is an flock on `<database>.lock`, which the kernel drops with its holder, so a file left
by a crash never blocks the next start. It is inherited across exec: the CLI takes it, and the
server it becomes keeps it.
"""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


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


class LockHeld(Exception):
    """Another process holds the lock; `holder` is what it wrote, if it got that far."""

    def __init__(self, holder: Running | None) -> None:
        self.holder = holder
        super().__init__(f"held by process {holder.pid}" if holder else "held by another process")


def path_for(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def older_log(log: Path) -> Path:
    """Where a log goes when it is full; the one before that is lost."""
    return log.with_name(f"{log.name}.1")


def acquire(path: Path) -> int:
    """Take the lock and return its file descriptor, inheritable; raises LockHeld."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockHeld(_read(path)) from None
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - the call has no keyword
    write(descriptor, Running(pid=os.getpid()))
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
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path) or Running(pid=0)
    else:
        return None
    finally:
        os.close(descriptor)


def last(path: Path) -> Running | None:
    """What its latest holder wrote, whether it holds it still or not; None for no record."""
    return _read(path)


def _read(path: Path) -> Running | None:
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(path.read_bytes()))
    return None
