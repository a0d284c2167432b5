"""Storing what somebody logs in with: an address, and a token or the command that gives it.

The rule of this file: the profile and its token change together, or neither does. One lock is held
for both, so that of two logins no profile gets the address of one and the token of the other.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tickiti_cli.config import Config
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.stores import Store


def store_command(config: Config, name: str, base_url: str, command: str) -> None:
    """No token is kept: the command is run each time one is needed."""
    with config.alone():
        before = config.token_store(name)
        config.save_profile(name, base_url, token={"token_command": command})
        config.credentials.forget(name)
        _empty(before)


def store_token(
    config: Config, name: str, base_url: str, secret: Mapping[str, Any], store: Store | None
) -> None:
    """In that store, else where the profile keeps its token already. Raises ConfigProblem."""
    _ = config.token_store(name, store).token  # a keyring that does not answer is told first
    with config.alone():
        before, chosen = config.token_store(name), config.token_store(name, store)
        restore = chosen.restorer()
        try:
            chosen.keep(secret)
            config.save_profile(name, base_url, token=chosen.members)
        except BaseException:
            restore()
            raise
        if not chosen.is_keyring:
            _empty(before)


def _empty(before: Any) -> None:
    """A keyring that does not answer may be the very reason to leave it."""
    with suppress(ConfigProblem):
        before.empty_keyring()
