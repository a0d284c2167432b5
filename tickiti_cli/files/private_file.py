"""Reads secrets from files and pipes.

Rule: a secret that another user could have read or written is refused, not used with a warning.
"""

import errno
import os
import select
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from tickiti_cli.encoding import decoded
from tickiti_cli.errors import ConfigProblem

MOST_TOKEN_BYTES = 4096
MOST_BYTES = 1024 * 1024
"""Limit of a file: a thousand profiles need less, so a larger file was named by mistake."""

ROOT = 0
"""Root's files are accepted from everybody, because root can read every file anyway."""

PIPE_SECONDS = 30.0
"""As long as a token command: the program that writes into the pipe may have to ask its owner."""


@contextmanager
def advising(hint: str) -> Iterator[None]:
    """Adds this hint to a ConfigProblem that has none: the hint names the problem's source, because
    a reader of a file does not know the flag or the variable that named the file."""
    try:
        yield
    except ConfigProblem as problem:
        problem.hint = problem.hint or hint
        raise


def read_config_file(path: Path) -> bytes:
    """Returns the bytes of a file of settings. Raises OSError, and ConfigProblem for a pipe, which
    cannot be read twice, and for a file that is too large to be one."""
    # Without blocking, because opening a pipe that has no writer would never end.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise ConfigProblem(f"{path} is a pipe: it must be a regular file.")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ConfigProblem(f"{path} is larger than {MOST_BYTES} bytes.")
    return raw


def read_secret_file(path: Path, *, hint: str = "", patience: float = PIPE_SECONDS) -> str:
    """Returns the one token in a file, a link or a pipe. Raises ConfigProblem with the hint.

    `patience`: seconds to wait for the writer of a pipe, which secret stores and shells make.
    """
    with advising(hint):
        text = read_private(path, patience=patience).strip()
        if not text or len(text.split()) != 1:
            raise ConfigProblem(f"{path} must contain one token and nothing else.")
        return text


def read_secret_of_stdin(flag: str) -> str:
    """Returns the token on standard input, without white space; empty where there is none.
    Raises UsageProblem, and ConfigProblem for input that is not text."""
    from tickiti_cli.standard_input import opened_for  # noqa: PLC0415 - few commands read it

    try:
        return decoded(opened_for(flag).read(MOST_TOKEN_BYTES)).strip()
    except UnicodeDecodeError as error:
        raise ConfigProblem("Standard input contains no token: it is not UTF-8 text.") from error


def read_private(path: Path, *, patience: float = PIPE_SECONDS) -> str:
    """Returns the text of a file that only its owner can read. Raises ConfigProblem."""
    with _opened_private(path) as (file, status):
        if stat.S_ISFIFO(status.st_mode):
            raw = read_pipe(file, patience)
            if raw is None:
                sentence = f"is a pipe that gave no token within {patience:g} seconds."
                raise ConfigProblem(f"{path} {sentence}")
            return decoded(raw)
        return decoded(file.read(MOST_BYTES))


def read_private_whole(path: Path) -> str:
    """Returns the text of a file that only its owner can read, for a change of it. Raises
    ConfigProblem, also for a link, for a pipe, which cannot be read twice, and for a file of which
    a part would be lost."""
    with _opened_private(path, os.O_NOFOLLOW) as (file, status):
        if stat.S_ISFIFO(status.st_mode):
            raise ConfigProblem(f"{path} is a pipe: it must be a regular file.")
        raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ConfigProblem(f"{path} is larger than {MOST_BYTES} bytes.")
        return decoded(raw)


@contextmanager
def _opened_private(path: Path, flags: int = 0) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """Opens a file for the block, whose errors of reading it become a ConfigProblem."""
    try:
        # Without blocking, because opening a pipe that has no writer would never end.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | flags)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _refuse_exposed(path, status)
            yield file, status
    except UnicodeDecodeError as error:
        raise ConfigProblem(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error


def read_pipe(file: IO[bytes], patience: float) -> bytes | None:
    """Returns what a pipe gives up to its end, or a little more than a token is long. None where
    its writer takes longer than `patience` seconds."""
    deadline, received = time.monotonic() + patience, b""
    while select.select([file], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(file.fileno(), MOST_TOKEN_BYTES)
        received += piece
        if not piece or len(received) > MOST_TOKEN_BYTES:
            return received
    return None


def _refuse_exposed(path: Path, status: os.stat_result) -> None:
    """Raises ConfigProblem for a regular file that other users can read or could have written."""
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_mode & 0o077:
        raise ConfigProblem(
            f"{path} is readable by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"Replace the token in it, then: chmod 600 {path}",
        )
    if status.st_uid not in (os.geteuid(), ROOT):
        raise ConfigProblem(f"{path} belongs to another user; its secrets are not used.")
