"""The sources of a token: the environment, or the store of a profile.

Rule: a source that is named but gives no token is an error. The search does not go on, because
another token would be sent than the user named.
"""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import paths
from tickiti_cli.credentials.token_store import TokenStore
from tickiti_cli.encoding import decoded
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.private_file import (
    MOST_TOKEN_BYTES,
    advising,
    read_pipe,
    read_secret_file,
)

COMMAND_SECONDS = 30
"""Limit of a token command: a password manager may ask its owner to touch a key."""


TOKEN_FILE_FLAG = "--token-file"  # noqa: S105 - not a secret

_IN_A_SHELL = "in a shell to see what it prints"

HINTS = {
    TOKEN_FILE_FLAG: f"Give {TOKEN_FILE_FLAG} a file that contains one token, or leave it out to "
    "use the token of a profile.",
    paths.API_TOKEN_FILE: f"Set {paths.API_TOKEN_FILE} to a file that contains one token, or unset "
    "it.",
    paths.API_TOKEN: f"Copy the token into {paths.API_TOKEN} again, or unset it.",
    paths.TOKEN_COMMAND: f"Run the command of {paths.TOKEN_COMMAND} {_IN_A_SHELL}, or unset it.",
    paths.CREDENTIALS_DIRECTORY: "Put one token into this credential of the service: see "
    "LoadCredential= in its unit.",
}
"""The hint for each source that gives no token, by the name of the source. Each hint names another
source or the way to repair this one, never what the user has just done."""

LOGIN_COMMAND_HINT = f"Run the command of --token-command {_IN_A_SHELL}."


class Found(NamedTuple):
    """A token and its origin. `repr` shows the origin only."""

    value: str
    origin: str

    def __repr__(self) -> str:
        return f"Found(origin={self.origin!r})"


def of_environment(environ: Mapping[str, str]) -> Found | None:
    if path := environ.get(paths.API_TOKEN_FILE):
        hint = HINTS[paths.API_TOKEN_FILE]
        return Found(read_secret_file(Path(path), hint=hint), paths.API_TOKEN_FILE)
    if token := environ.get(paths.API_TOKEN, "").strip():
        return Found(token, paths.API_TOKEN)
    if command := environ.get(paths.TOKEN_COMMAND):
        with advising(HINTS[paths.TOKEN_COMMAND]):
            return Found(of_command(command), paths.TOKEN_COMMAND)
    if folder := environ.get(paths.CREDENTIALS_DIRECTORY):
        with advising(HINTS[paths.CREDENTIALS_DIRECTORY]):
            return _of_systemd(Path(folder) / paths.CREDENTIAL)
    return None


def missing(environ: Mapping[str, str], profile: str | None) -> str:
    """Returns the hint where no source has a token. A login would change nothing for a server that
    an address names, because a stored token goes only to the server of its profile."""
    or_file = f"or give a token with {TOKEN_FILE_FLAG} FILE."
    way = (
        f"Set {paths.API_TOKEN}" if profile is None else f"Log in: tickiti auth login -p {profile}"
    )
    return "\n".join(filter(None, (unused(environ, ""), f"{way}, {or_file}")))


def checked(found: Found, profile: str | None) -> Found:
    """Returns a token that a header can hold. Raises ConfigProblem for any other text."""
    if all("!" <= character <= "~" for character in found.value):
        return found
    again = f"Store it again: tickiti auth login -p {profile}"
    message = f"The token of {found.origin} contains invalid characters."
    raise ConfigProblem(message, hint=HINTS.get(found.origin, again))


def unused(environ: Mapping[str, str], origin: str) -> str:
    """Returns the remark on the variables that name a token while the token in use comes from
    `origin`; an empty text where there are none. `origin` is empty where there is no token."""
    named = (paths.API_TOKEN_FILE, paths.API_TOKEN, paths.TOKEN_COMMAND)
    names = [name for name in named if environ.get(name, "").strip() and name != origin]
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    why = f": the token comes from {origin}" if origin else ""
    goes = f"only to the server of {paths.API_BASE} or --base-url"
    rule = f" A token of the environment goes {goes}." if origin not in named else ""
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{listed} {verb} set and not used{why}.{rule}"


def of_profile(name: str, members: Mapping[str, Any], store: TokenStore) -> Found | None:
    if command := members.get("token_command"):
        change = "to change it: tickiti config edit"
        with advising(f"Run the token_command of profile '{name}' {_IN_A_SHELL}; {change}"):
            return Found(of_command(command), f"profile '{name}'")
    token = store.token
    return Found(token, f"profile '{name}'") if token else None


def of_command(command: str, *, patience: float = COMMAND_SECONDS) -> str:
    """Returns the output of a token command, which the user configured. Raises ConfigProblem, which
    never quotes the output."""
    ended = _run(command, patience)
    if ended is None:
        raise ConfigProblem(f"The token command took longer than {patience:g} seconds.")
    code, raw = ended
    token = _output(raw)
    if code or not token:
        raise ConfigProblem(f"The token command printed no token (exit {code}).")
    if len(token.split()) != 1 or len(raw) > MOST_TOKEN_BYTES:
        raise ConfigProblem("The token command must print one token and nothing else.")
    return token


def _run(command: str, patience: float) -> tuple[int, bytes] | None:
    """Returns the exit code and the output of a command; None for one that takes too long. One that
    prints more than a token is ended, because `yes` would fill the memory.

    In our own process group, because a password manager may ask on the terminal.
    """
    deadline = time.monotonic() + patience
    with subprocess.Popen(  # noqa: S602 - a pipe in it is as legitimate as in ssh's ProxyCommand
        command, shell=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            raw = read_pipe(process.stdout, patience)
            if raw is None or len(raw) > MOST_TOKEN_BYTES:
                return None if raw is None else (0, raw)
            return process.wait(max(0, deadline - time.monotonic())), raw
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()


def _output(raw: bytes) -> str:
    try:
        return decoded(raw).strip()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").strip()


def _of_systemd(path: Path) -> Found | None:
    """Reads a credential of systemd. Its mode is not checked, because systemd sets the mode."""
    try:
        token = decoded(path.read_bytes()).strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigProblem(f"{path} cannot be read: {reason}.") from error
    if len(token.split()) != 1:
        raise ConfigProblem(f"{path} must contain one token and nothing else.")
    return Found(token, str(path))
