"""Logs in: verifies a token or a token command, then stores it as a profile.

Rule: a login that its server does not confirm stores nothing.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tickiti_cli.credentials import sources
from tickiti_cli.credentials.token_store import Store
from tickiti_cli.files.private_file import advising
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.login import stored, verification
from tickiti_cli.tokens.login.given import checked_id

DEFAULT_NAME = "default"
"""The profile of a login that names none."""

MOST_NAMED = 8
"""The most abilities named in a sentence: two lines of a terminal."""


class Login(NamedTuple):
    """A login to one server, under the name of a profile."""

    runtime: Runtime
    profile: str
    base_url: str
    verifies: bool = True

    def with_token(self, token: str, store: Store | None) -> dict[str, Any]:
        """Store a token and return its row, as far as the server tells it. Raises UsageProblem,
        NotVerified."""
        return self.store(token, self.verified(token), store)

    def verified(self, token: str) -> Mapping[str, Any]:
        """Return the row of a token that the server accepts; an empty row if the login skips the
        verification. Raises UsageProblem, NotVerified."""
        checked_id(token)
        return self._verified(token)

    def store(self, token: str, row: Mapping[str, Any], store: Store | None) -> dict[str, Any]:
        """Store a token of `verified` and return its row, as far as the server tells it."""
        token_id = checked_id(token)
        end = {"expires_at": row["expires_at"]} if row.get("expires_at") else {}
        secret = {"token": token, "token_id": token_id, **end}
        stored.store_token(self.runtime.config, self.profile, self.base_url, secret, store)
        return self._result(token_id, row)

    def with_command(self, command: str) -> dict[str, Any]:
        """Store a command that prints the token. Raises ConfigProblem, NotVerified."""
        with advising(sources.LOGIN_COMMAND_HINT):
            row = self._verified(sources.of_command(command)) if self.verifies else {}
        stored.store_command(self.runtime.config, self.profile, self.base_url, command)
        return self._result(None, row)

    def _verified(self, token: str) -> Mapping[str, Any]:
        """Return the token's row; an empty row if the login skips the verification."""
        if not self.verifies:
            return {}
        return verification.confirm(self.runtime, self.profile, self.base_url, token)

    def _result(self, token_id: int | None, row: Mapping[str, Any]) -> dict[str, Any]:
        owner = row.get("owner")
        return {
            "profile": self.profile,
            "base_url": self.base_url,
            "token_id": token_id,
            "name": row.get("name"),
            "owner": owner.get("email") if isinstance(owner, Mapping) else None,
            "abilities": row.get("abilities"),
            "expires_at": row.get("expires_at"),
            "verified": self.verifies,
        }


def said(result: Mapping[str, Any]) -> str:
    """Return the sentence after a login: what is stored, and what the token may do."""
    first = f"Stored profile '{result['profile']}' for {result['base_url']}."
    if not result["verified"]:
        return f"{first}\nThe token was not verified. To verify it: tickiti auth status --check"
    name = f" '{result['name']}'" if result["name"] else ""
    owner = f" of {result['owner']}" if result["owner"] else ""
    end = f"It expires at {result['expires_at']}." if result["expires_at"] else ""
    may = may_do(result["abilities"])
    return "\n".join(filter(None, (first, f"The token{name}{owner} {may}.", end)))


def may_do(abilities: object) -> str:
    """Return what a token may do, to follow `The token`."""
    if not isinstance(abilities, list):
        return "is accepted; this server does not list its abilities"
    if not abilities:
        return "has no abilities"
    named = ", ".join(map(str, abilities[:MOST_NAMED]))
    more = len(abilities) - MOST_NAMED
    return f"may: {named}" + (f" and {more} more (tickiti token view --self)" if more > 0 else "")
