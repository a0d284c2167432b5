"""Stores a login: the address of a server, and a token or the command that prints one.

Rule: the profile and its token change together, or neither changes. One lock covers both, so that
no profile gets the address of one login and the token of another.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tickiti_cli.config import changes
from tickiti_cli.config.resolution import Config
from tickiti_cli.credentials.token_store import Store
from tickiti_cli.errors import ConfigProblem


def store_command(config: Config, name: str, base_url: str, command: str) -> None:
    """Stores a command, which runs each time a token is needed. No token is stored."""
    with config.locked():
        before = config.token_store(name)
        changes.save_profile(config, name, base_url, token={"token_command": command})
        config.credentials.forget(name)
        _empty(before)


def store_token(
    config: Config, name: str, base_url: str, secret: Mapping[str, Any], store: Store | None
) -> None:
    """Stores a token in `store`, else where the profile has its token. Raises ConfigProblem."""
    _ = config.token_store(name, store).token  # raises now for a keyring that does not answer
    with config.locked():
        before, chosen = config.token_store(name), config.token_store(name, store)
        restore = chosen.restorer()
        try:
            chosen.keep(secret)
            changes.save_profile(config, name, base_url, token=chosen.members)
        except BaseException:
            restore()
            raise
        if not chosen.is_keyring:
            _empty(before)


def _empty(before: Any) -> None:
    """Removes the entries of a keyring, if the keyring answers: a broken one may be the reason for
    another store."""
    with suppress(ConfigProblem):
        before.empty_keyring()
