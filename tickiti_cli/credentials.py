"""Secrets in files: readable by their owner alone, written whole or not at all.

The rule of this file: a secret that others could have read is refused, not used with a warning.
"""

import errno
import os
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickiti_cli.errors import ConfigProblem

MOST_TOKEN_BYTES = 4096
MOST_BYTES = 1024 * 1024
"""More than a thousand profiles need; what is larger is not what was meant."""


def read_secret_file(path: Path) -> str:
    """A token alone in a file, or in what looks like one: a link or a pipe, as secret stores and
    shells make them. Raises ConfigProblem."""
    text = _read_private(path, flags=0).strip()
    if not text or len(text.split()) != 1:
        raise ConfigProblem(f"{path} must hold one token and nothing else.")
    return text


def write_private(path: Path, text: str, *, is_durable: bool = True) -> None:
    """Replace a file by rename, so that a reader or a crash sees the old one or the new one.

    `is_durable`: it survives a power cut as well, which takes the disk a moment.
    """
    folder = path.parent
    temporary: Path | None = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp's file is new, has an unguessable name and belongs to its owner alone.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if is_durable:
                os.fsync(file.fileno())
        temporary.replace(path)
        if is_durable:
            _sync_folder(folder)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class Credentials:
    """`credentials.toml`: a table for each profile with `token`, `token_id` and `expires_at`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, profile: str) -> Mapping[str, Any]:
        """What is stored for a profile; empty where nothing is. Raises ConfigProblem."""
        return self._read().get(profile, {})

    def store(self, profile: str, secret: Mapping[str, Any]) -> None:
        self._write({**self._read(), profile: dict(secret)})

    def forget(self, profile: str) -> bool:
        """Whether there was anything to forget."""
        tables = self._read()
        if profile not in tables:
            return False
        del tables[profile]
        self._write(tables)
        return True

    def _read(self) -> dict[str, dict[str, Any]]:
        if not os.path.lexists(self._path):
            return {}
        _refuse_stranger(self._path)
        try:
            found = tomllib.loads(_read_private(self._path, flags=os.O_NOFOLLOW))
        except tomllib.TOMLDecodeError as error:
            raise ConfigProblem(f"{self._path} is not TOML: {error}.") from error
        return {name: table for name, table in found.items() if isinstance(table, dict)}

    def _write(self, tables: Mapping[str, Any]) -> None:
        import tomli_w

        write_private(self._path, tomli_w.dumps(tables))


def _read_private(path: Path, *, flags: int) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
        with os.fdopen(descriptor, "rb") as file:
            _refuse_readable_by_others(path, os.fstat(descriptor))
            return file.read(MOST_BYTES).decode()
    except UnicodeDecodeError as error:
        raise ConfigProblem(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error


def _refuse_readable_by_others(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
        raise ConfigProblem(
            f"{path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"Change the token it holds, then: chmod 600 {path}",
        )


def _refuse_stranger(path: Path) -> None:
    try:
        is_ours = path.lstat().st_uid == os.geteuid()
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be read: {error.strerror}.") from error
    if not is_ours:
        raise ConfigProblem(f"{path} belongs to another user; its secrets are not used.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
