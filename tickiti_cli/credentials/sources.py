"""Where tokens come from besides a flag: the environment, or what a profile has stored.

The rule of this file: a source that is named but gives no token is an error, not a reason to look
further, so that no other token than the one that was meant is ever sent.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import locations
from tickiti_cli.credentials import read_secret_file
from tickiti_cli.encoding import decoded
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.stores import TokenStore

COMMAND_SECONDS = 30
"""A password manager may ask its owner to touch a key; nothing waits longer."""


class Found(NamedTuple):
    """A token and where it came from. Shown anywhere, it is the origin alone."""

    value: str
    origin: str

    def __repr__(self) -> str:
        return f"Found(origin={self.origin!r})"


def of_environment(environ: Mapping[str, str]) -> Found | None:
    if path := environ.get(locations.API_TOKEN_FILE):
        return Found(read_secret_file(Path(path)), locations.API_TOKEN_FILE)
    if token := environ.get(locations.API_TOKEN, "").strip():
        return Found(token, locations.API_TOKEN)
    if command := environ.get(locations.TOKEN_COMMAND):
        return Found(of_command(command), locations.TOKEN_COMMAND)
    if folder := environ.get(locations.CREDENTIALS_DIRECTORY):
        return _of_systemd(Path(folder) / locations.CREDENTIAL)
    return None


def of_profile(name: str, members: Mapping[str, Any], store: TokenStore) -> Found | None:
    if command := members.get("token_command"):
        return Found(of_command(command), f"profile '{name}'")
    token = store.token
    return Found(token, f"profile '{name}'") if token else None


def of_command(command: str, *, patience: float = COMMAND_SECONDS) -> str:
    """The output of the owner's own command line, from their own file or variable. Raises
    ConfigProblem, which never quotes what was put out."""
    try:
        done = subprocess.run(  # noqa: S602 - a pipe in it is as legitimate as in ssh's ProxyCommand
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"The token command took longer than {patience:g} seconds."
        raise ConfigProblem(message) from None
    token = _output(done.stdout)
    if done.returncode or not token:
        raise ConfigProblem(f"The token command gave no token (exit {done.returncode}).")
    if len(token.split()) != 1:
        raise ConfigProblem("The token command must put out one token and nothing else.")
    return token


def _output(raw: bytes) -> str:
    try:
        return decoded(raw).strip()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").strip()


def _of_systemd(path: Path) -> Found | None:
    """systemd made it for this process alone; its mode is systemd's business."""
    try:
        token = decoded(path.read_bytes()).strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error
    if len(token.split()) != 1:
        raise ConfigProblem(f"{path} must hold one token and nothing else.")
    return Found(token, str(path))
