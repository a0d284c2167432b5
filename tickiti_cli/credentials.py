"""Secrets in files: readable by their owner alone, written whole or not at all.

The rule of this file: a secret that others could have read is refused, not used with a warning.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickiti_cli.errors import ConfigProblem

OWNER_ONLY = 0o600
MOST_TOKEN_BYTES = 4096


def read_secret_file(path: Path) -> str:
    """A token alone in a file. Raises ConfigProblem."""
    text = _read_private(path).strip()
    if not text or len(text.split()) != 1:
        raise ConfigProblem(f"{path} must hold one token and nothing else.")
    return text


def write_private(path: Path, text: str) -> None:
    """Replace a file by rename, so that a reader or a crash sees the old one or the new one."""
    folder = path.parent
    temporary = folder / f".{path.name}.{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error


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
        if not self._path.exists():
            return {}
        try:
            found = tomllib.loads(_read_private(self._path))
        except tomllib.TOMLDecodeError as error:
            raise ConfigProblem(f"{self._path} is not TOML: {error}.") from error
        return {name: table for name, table in found.items() if isinstance(table, dict)}

    def _write(self, tables: Mapping[str, Any]) -> None:
        import tomli_w

        write_private(self._path, tomli_w.dumps(tables))


def _read_private(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        reason = "it is a symbolic link" if path.is_symlink() else error.strerror
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error
    with os.fdopen(descriptor, "rb") as file:
        _refuse_unsafe(path, os.fstat(descriptor))
        try:
            return file.read().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigProblem(f"{path} cannot be read: {error}.") from error


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigProblem(f"{path} is not a regular file.")
    if status.st_uid != os.geteuid():
        raise ConfigProblem(f"{path} belongs to another user; its secret is not used.")
    if status.st_mode & 0o077:
        raise ConfigProblem(
            f"{path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"Change the token it holds, then: chmod 600 {path}",
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
