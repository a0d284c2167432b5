"""Where a new token is put: `file:PATH` or `profile:NAME`, atomically and for its owner alone.

The rule of this file: what can be known to fail is refused before a token exists.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tickiti_cli.config import Config
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import ConfigProblem, UsageProblem


class Destination(Protocol):
    def install(self, minted: Mapping[str, Any]) -> None:
        """Put the token there. `minted` is a token row with its `token`. Raises ConfigProblem."""
        ...

    def restorer(self) -> Callable[[], object]:
        """What puts back what is there now. Raises ConfigProblem, as it does."""
        ...


@dataclass(frozen=True, slots=True)
class FileDestination:
    path: Path

    def install(self, minted: Mapping[str, Any]) -> None:
        write_private(self.path, f"{minted['token']}\n")

    def restorer(self) -> Callable[[], object]:
        if not self.path.exists():
            return partial(self.path.unlink, missing_ok=True)
        try:
            return partial(write_private, self.path, self.path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigProblem(f"{self.path} holds what is no token: {error}.") from error


@dataclass(frozen=True, slots=True)
class ProfileDestination:
    """Keeps the token it replaces as `previous`, until the next one."""

    name: str
    config: Config

    def install(self, minted: Mapping[str, Any]) -> None:
        old = self.config.credentials.find(self.name).get("token")
        new = {"token": minted["token"], "token_id": minted["id"]}
        new |= {"expires_at": minted["expires_at"]} if minted.get("expires_at") else {}
        new |= {"previous": old} if old else {}
        self.config.credentials.store(self.name, new)

    def restorer(self) -> Callable[[], object]:
        credentials = self.config.credentials
        found = credentials.find(self.name)
        if not found:
            return partial(credentials.forget, self.name)
        return partial(credentials.store, self.name, found)


def destination(text: str, config: Config) -> Destination:
    """What --install names. Raises UsageProblem for what is not there or cannot be written,
    ConfigProblem for credentials that are not safe."""
    kind, _, value = text.partition(":")
    if kind == "file" and value:
        return _file(Path(value))
    if kind == "profile" and value:
        if value not in config.profiles:
            raise UsageProblem(f"--install {text}: there is no profile '{value}'.")
        config.credentials.find(value)
        return ProfileDestination(value, config)
    raise UsageProblem(f"--install: '{text}' is neither file:PATH nor profile:NAME.")


def install_everywhere(minted: Mapping[str, Any], places: Iterable[Destination]) -> None:
    """Raises ConfigProblem that says which token is now without an owner."""
    try:
        for place in places:
            place.install(minted)
    except ConfigProblem as error:
        token_id = minted["id"]
        raise ConfigProblem(
            f"{error} Token {token_id} was minted, but is not stored everywhere.",
            hint=f"End it with: tickiti token revoke {token_id}",
        ) from error


def _file(path: Path) -> FileDestination:
    try:
        existing = next(folder for folder in path.absolute().parents if folder.exists())
        is_open = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK) and not path.is_dir()
    except OSError:
        is_open = False
    if not is_open:
        raise UsageProblem(f"{path}: no file can be written there.")
    return FileDestination(path)
