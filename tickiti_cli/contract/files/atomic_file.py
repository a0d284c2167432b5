"""Files that others read: written whole or not at all, and never over what is not a regular file.

The rule of this file: a regular file is replaced by an atomic rename, behind the links that lead to
it. A device, a pipe or an open descriptor such as /dev/stdout is written to, because a rename would
put a regular file in its place.
"""

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MOST_LINKS = 40
"""As many as Linux follows before it reports a loop."""

READER_SECONDS = 30.0
"""The longest wait for a program that reads from a named pipe."""

POLL_SECONDS = 0.05
MOST_OF_NAME = 40
"""Characters of a long name that stay in the temporary one, which must not be too long as well."""

STDOUT = 1


class Target(NamedTuple):
    """The file that a write to a name reaches. `path` is behind every link.

    `descriptor` is the open file that a name such as /dev/stdout or /dev/fd/3 stands for, else
    None. `status` is None where nothing is there yet.
    """

    path: Path
    status: os.stat_result | None = None
    descriptor: int | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether a rename puts the new file there; otherwise the bytes are written to it."""
        is_new = self.status is None
        return self.descriptor is None and (is_new or stat.S_ISREG(_mode(self.status)))


def target_of(path: Path) -> Target:
    """Follows the links of a name that may not exist yet.

    Raises OSError that names the path: for a folder, a block device, a socket, a loop of links, and
    a link that another user put into a folder which everybody may write to.
    """
    named = path
    for _ in range(MOST_LINKS):
        if (descriptor := _descriptor(path)) is not None:
            return Target(path, descriptor=descriptor)
        if not path.is_symlink():
            return Target(_behind_folders(path), _status(path, named))
        if _in_process(path.parent):  # another process's descriptor: its file may have no name
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(named))
        _refuse_foreign_link(path, named)
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(named))


def is_stdout(name: str) -> bool:
    """Whether a file's name stands for this process's standard output: -, /dev/stdout."""
    if name == "-":
        return True
    with suppress(OSError, ValueError):
        return target_of(Path(name)).descriptor == STDOUT
    return False


def replace(
    path: Path,
    content: bytes | Iterable[bytes],
    *,
    secret: bool = False,
    durable: bool = False,
    follow: bool = True,
    owner: tuple[int, int] | None = None,
) -> None:
    """Writes a file, at once or in pieces: a program that reads the file meanwhile sees the old
    file or the new one.

    `follow`: links are followed; otherwise the new file takes the place of a link.

    `secret`: mode 0600, whatever the old file's mode was; else the old mode, or the umask's for a
    new file. `durable`: the file survives a power cut. `owner`: user and group of the new file;
    without one root keeps the old file's. Raises OSError.
    """
    target = target_of(path) if follow or not path.is_symlink() else Target(path)
    pieces = [content] if isinstance(content, bytes) else content
    if not target.is_replaced:
        _write_to(target, pieces)
        return
    # What a kill leaves of a secret is named after it whole: its owner has to find it.
    named = target.path.name if secret else target.path.name[:MOST_OF_NAME]
    made = _made_beside(target.path.parent, named, pieces, durable=durable)
    try:
        _give(made, owner or kept_owner(target), is_strict=secret)
        made.chmod(0o600 if secret else _mode_for(target))
        made.replace(target.path)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise
    if durable:
        _sync_folder(target.path.parent)


def kept_owner(target: Target) -> tuple[int, int] | None:
    """The owner for the new file where root replaces another user's file, because the service that
    reads it must still be able to. None in a folder that everybody may write to: an attacker could
    have put the file there to receive the new one."""
    if target.status is None or os.geteuid() != 0:
        return None
    if target.path.parent.stat().st_mode & stat.S_IWOTH:
        return None
    return target.status.st_uid, target.status.st_gid


def _made_beside(folder: Path, named: str, pieces: Iterable[bytes], *, durable: bool) -> Path:
    """A new file with an unguessable name and mode 0600."""
    descriptor, name = tempfile.mkstemp(prefix=f".{named}.", dir=folder)
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            if durable:
                os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise
    return made


def _give(made: Path, owner: tuple[int, int] | None, *, is_strict: bool) -> None:
    """Raises an error for a secret that its reader could not read; any other file then stays
    root's."""
    if owner is None:
        return
    try:
        os.chown(made, *owner)
    except OSError:
        if is_strict:
            raise


def _write_to(target: Target, pieces: Iterable[bytes]) -> None:
    """Writes to a device, a pipe or an open file, from its current position."""
    if target.descriptor is not None:
        descriptor = os.dup(target.descriptor)
    else:
        descriptor = _opened(target.path, is_pipe=stat.S_ISFIFO(_mode(target.status)))
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)


def _opened(path: Path, *, is_pipe: bool) -> int:
    """A pipe without a reader is waited for; a terminal does not become ours."""
    flags = os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    deadline = time.monotonic() + READER_SECONDS
    while True:
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            if not (is_pipe and error.errno == errno.ENXIO) or time.monotonic() >= deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


def _descriptor(path: Path) -> int | None:
    """The number of our own descriptor that a name such as /dev/fd/1 stands for."""
    if not (path.name.isascii() and path.name.isdecimal()):
        return None
    folder = os.path.realpath(path.parent)
    ours = (f"/proc/{os.getpid()}/fd", f"/proc/{os.getpid()}/task/{os.getpid()}/fd", "/dev/fd")
    return int(path.name) if folder in ours and len(path.name) < 10 else None


def _in_process(folder: Path) -> bool:
    parts = Path(os.path.realpath(folder)).parts
    return parts[1:2] == ("proc",) and parts[-1] == "fd"


def _behind_folders(path: Path) -> Path:
    """The path with the links among its folders resolved; the name itself is not a link."""
    return Path(os.path.realpath(path.parent)) / path.name


def _status(path: Path, named: Path) -> os.stat_result | None:
    """The status of the file; None where nothing has the name. Raises OSError for a file that can
    be neither replaced nor written to."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(named)) from None
    refusals = ((stat.S_ISDIR, errno.EISDIR), (stat.S_ISBLK, errno.EINVAL))
    for is_refused, number in (*refusals, (stat.S_ISSOCK, errno.ENXIO)):
        if is_refused(status.st_mode):
            raise OSError(number, os.strerror(number), str(named))
    return status


def _refuse_foreign_link(link: Path, named: Path) -> None:
    """Refuses a link of another user in a shared folder, as Linux does with `protected_symlinks`:
    its author would choose which file we write."""
    folder, owner = link.parent.stat(), link.lstat().st_uid
    if folder.st_mode & stat.S_IWOTH and owner not in (os.geteuid(), folder.st_uid):
        raise PermissionError(errno.EACCES, "the link belongs to another user", str(named))


def _mode_for(target: Target) -> int:
    return 0o666 & ~_umask() if target.status is None else target.status.st_mode & 0o777


def _mode(status: os.stat_result | None) -> int:
    return 0 if status is None else status.st_mode


def _umask() -> int:
    """The umask of the process, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
