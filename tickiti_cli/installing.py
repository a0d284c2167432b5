"""Where a new token is put: `file:PATH` or `profile:NAME`, atomically and for its owner alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tickiti_cli.config import Config
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import UsageProblem


class Destination(Protocol):
    def install(self, minted: Mapping[str, Any]) -> None:
        """Put the token there. `minted` is a token row with its `token`. Raises ConfigProblem."""
        ...


@dataclass(frozen=True, slots=True)
class FileDestination:
    path: Path

    def install(self, minted: Mapping[str, Any]) -> None:
        write_private(self.path, f"{minted['token']}\n")


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


def destination(text: str, config: Config) -> Destination:
    """What --install names. A profile must exist. Raises UsageProblem."""
    kind, _, value = text.partition(":")
    if kind == "file" and value:
        return FileDestination(Path(value))
    if kind == "profile" and value:
        if value not in config.profiles:
            raise UsageProblem(f"--install {text}: there is no profile '{value}'.")
        return ProfileDestination(value, config)
    raise UsageProblem(f"--install: '{text}' is neither file:PATH nor profile:NAME.")
