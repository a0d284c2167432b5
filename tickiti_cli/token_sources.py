"""Where tokens come from besides a flag: the environment, or what a profile has stored.

The rule of this file: a source that is named but gives no token is an error, not a reason to look
further, so that no other token than the one that was meant is ever sent.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickiti_cli import locations
from tickiti_cli.credentials import Credentials, read_secret_file
from tickiti_cli.errors import ConfigProblem

COMMAND_SECONDS = 30
"""A password manager may ask its owner to touch a key; nothing waits longer."""

Found = tuple[str, str]
"""A token and where it came from."""


def of_environment(environ: Mapping[str, str]) -> Found | None:
    if path := environ.get(locations.API_TOKEN_FILE):
        return read_secret_file(Path(path)), locations.API_TOKEN_FILE
    if token := environ.get(locations.API_TOKEN, "").strip():
        return token, locations.API_TOKEN
    if command := environ.get(locations.TOKEN_COMMAND):
        return _of_command(command), locations.TOKEN_COMMAND
    if folder := environ.get(locations.CREDENTIALS_DIRECTORY):
        credential = Path(folder) / locations.CREDENTIAL
        if credential.exists():
            # systemd made it for this process alone; its mode is systemd's business.
            return credential.read_text("utf-8").strip(), str(credential)
    return None


def of_profile(name: str, members: Mapping[str, Any], credentials: Credentials) -> Found | None:
    if command := members.get("token_command"):
        return _of_command(command), f"profile '{name}'"
    token = credentials.find(name).get("token")
    return (str(token), f"profile '{name}'") if token else None


def _of_command(command: str) -> str:
    """The output of the owner's own command line, from their own file or variable."""
    try:
        done = subprocess.run(  # noqa: S602 - a pipe in it is as legitimate as in ssh's ProxyCommand
            command,
            shell=True,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"The token command took longer than {COMMAND_SECONDS} seconds."
        raise ConfigProblem(message) from None
    token = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode or not token:
        raise ConfigProblem(f"The token command gave no token (exit {done.returncode}).")
    return token
