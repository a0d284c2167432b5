"""Secrets in files: readable by their owner alone, written whole or not at all.

The rule of this file: a secret that others could have read is refused, not used with a warning.
"""

import errno
import os
import select
import stat
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tickiti_cli.contract.file_system import lock, make_folder
from tickiti_cli.contract.replacing import replace
from tickiti_cli.encoding import decoded
from tickiti_cli.errors import ConfigProblem, LockedOut

MOST_TOKEN_BYTES = 4096
ROOT = 0
"""Whose files anybody may be meant to use: it can read everybody's anyway."""

PIPE_SECONDS = 30.0
"""As for a token command: whoever writes into the pipe may have to ask somebody."""

MOST_BYTES = 1024 * 1024
"""More than a thousand profiles need; what is larger is not what was meant."""

LOCK_SECONDS = 30.0
"""How long a change of another process is waited for; it may have to unlock a keyring first."""

_held = threading.local()
"""`folders`: those whose lock this thread has. A second flock of its own would never be granted."""


def read_secret_file(path: Path, *, patience: float = PIPE_SECONDS) -> str:
    """A token alone in a file, or in what looks like one: a link or a pipe, as secret stores and
    shells make them; a pipe is waited for so many seconds. Raises ConfigProblem."""
    text = _read_private(path, patience=patience).strip()
    if not text or len(text.split()) != 1:
        raise ConfigProblem(f"{path} must hold one token and nothing else.")
    return text


def read_secret_of_stdin() -> str:
    """A token on standard input, without the white space around it; empty where there is none.
    Raises ConfigProblem for what is not text."""
    if sys.stdin is None:
        return ""
    try:
        return decoded(sys.stdin.buffer.read(MOST_TOKEN_BYTES)).strip()
    except UnicodeDecodeError as error:
        raise ConfigProblem("Standard input holds no token: it is not UTF-8 text.") from error


def write_private(
    path: Path, text: str, *, is_durable: bool = True, owner: tuple[int, int] | None = None
) -> None:
    """Writes a secret's file with mode 0600: a reader or a crash sees the old one or the new one.

    Links are followed. `is_durable`: the file survives a power cut as well, which takes the disk a
    moment. `owner`: user and group of the file, where they are not ours. Raises ConfigProblem.
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


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Holds the lock of a file's folder, so that no other process changes the file between reading
    and writing it. A thread that has the lock already keeps it.

    Raises ConfigProblem where there is no folder or no lock, LockedOut where another process does
    not end its change.
    """
    descriptor = _opened_folder(path)
    try:
        status = os.fstat(descriptor)
        folder = status.st_dev, status.st_ino
        held: set[tuple[int, int]] = _held.__dict__.setdefault("folders", set())
        if folder in held:
            yield
            return
        _lock_folder(descriptor, path)
        held.add(folder)
        try:
            yield
        finally:
            held.discard(folder)
    finally:
        os.close(descriptor)


def _opened_folder(path: Path) -> int:
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


class Credentials:
    """`credentials.toml`: a table for each profile with `token`, `token_id` and `expires_at`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, profile: str) -> Mapping[str, Any]:
        """What is stored for a profile; empty where nothing is. Raises ConfigProblem."""
        return self._read().get(profile, {})

    def names(self) -> list[str]:
        """Of the tables. Raises ConfigProblem."""
        return [*self._read()]

    def store(self, profile: str, secret: Mapping[str, Any]) -> None:
        self.change(profile, lambda _: secret)

    def change(self, profile: str, made: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Replaces a profile's table by what `made` makes of it, while no other process writes."""
        with alone_with(self._path):
            tables = self._read()
            known = tables.get(profile, {})
            if (new := dict(made(known))) != known or profile not in tables:
                self._write({**tables, profile: new})

    def forget(self, profile: str) -> bool:
        """Whether there was anything to forget."""
        if not os.path.lexists(self._path):
            return False
        with alone_with(self._path):
            tables = self._read()
            was_there = tables.pop(profile, None) is not None
            if was_there:
                self._write(tables)
        return was_there

    def restorer(self, profile: str) -> Callable[[], object]:
        """What puts a profile's table back as it is now; the whole file to the byte, unless another
        process has written to it meanwhile. Raises ConfigProblem."""
        was_there, text = os.path.lexists(self._path), self._text()
        before = self._read()

        def restore() -> None:
            with alone_with(self._path):
                if (os.path.lexists(self._path), self._text()) == (was_there, text):
                    return
                now = self._read()
                if {**now, profile: None} != {**before, profile: None}:
                    self._write({**_without(now, profile), **_only(before, profile)})
                elif was_there:
                    write_private(self._path, text)
                else:
                    self._path.unlink(missing_ok=True)

        return restore

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = tomllib.loads(self._text())
        except tomllib.TOMLDecodeError as error:
            raise ConfigProblem(f"{self._path} is not TOML: {error}.") from error
        return {name: table for name, table in found.items() if isinstance(table, dict)}

    def _text(self) -> str:
        if not os.path.lexists(self._path):
            return ""
        return _read_private(self._path, flags=os.O_NOFOLLOW)

    def _write(self, tables: Mapping[str, Any]) -> None:
        import tomli_w

        write_private(self._path, tomli_w.dumps(tables))


def _without(tables: Mapping[str, Any], profile: str) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name != profile}


def _only(tables: Mapping[str, Any], profile: str) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name == profile}


def _read_private(path: Path, *, flags: int = 0, patience: float = PIPE_SECONDS) -> str:
    try:
        # Without waiting: opening a pipe that nobody writes to would never end.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | flags)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _refuse_open(path, status)
            if stat.S_ISFIFO(status.st_mode):
                return decoded(_of_pipe(file, path, patience))
            return decoded(file.read(MOST_BYTES))
    except UnicodeDecodeError as error:
        raise ConfigProblem(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error


def _of_pipe(file: BinaryIO, path: Path, patience: float) -> bytes:
    """All that its writer writes; one that nobody writes to is not waited for without end."""
    deadline, received = time.monotonic() + patience, b""
    while select.select([file], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(file.fileno(), MOST_TOKEN_BYTES)
        received += piece
        if not piece or len(received) > MOST_TOKEN_BYTES:
            return received
    raise ConfigProblem(f"{path} is a pipe that gave no token within {patience:g} seconds.")


def _refuse_open(path: Path, status: os.stat_result) -> None:
    """A file that others can read, or could have written."""
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_mode & 0o077:
        raise ConfigProblem(
            f"{path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"Change the token it holds, then: chmod 600 {path}",
        )
    if status.st_uid not in (os.geteuid(), ROOT):
        raise ConfigProblem(f"{path} belongs to another user; its secrets are not used.")
