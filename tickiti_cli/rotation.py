"""A rotation from one end to the other: mint, verify, install, hook; or nothing of it.

The rule of this file: until the hook has succeeded, every failure puts each destination back as it
was, revokes the new token and lets the old one live on.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConditionNotMet, TickitiError
from tickiti_cli.installing import Destination
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.client import Client

WORKING_OVERLAP = 600
"""Seconds. Without any overlap the old token still works until the new one is in its places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `token rotate` was asked for; `overlap` in seconds."""

    places: Sequence[Destination] = ()
    overlap: int
    expires_at: str | None = None
    hook: str | None = None
    verifies: bool = True


@dataclass(slots=True)
class Rotation:
    """One rotation under way."""

    runtime: Runtime
    wanted: Wanted
    undo: list[Callable[[], object]] = field(default_factory=list)

    def run(self, old: Mapping[str, Any]) -> dict[str, Any]:
        """The new token's row, with the token. Raises what went wrong, once it is undone."""
        minted = self._mint(old)
        try:
            if self.wanted.verifies:
                self._verify(minted)
            for place in self.wanted.places:
                self.undo.append(place.restorer())
                place.install(minted)
            if self.wanted.hook:
                self._run_hook(self.wanted.hook)
        except BaseException:
            self._roll_back(minted)
            raise
        if not self.wanted.overlap:
            self.runtime.client.call(tokens.retire, {"id": old["id"]})
        return minted

    def _mint(self, old: Mapping[str, Any]) -> dict[str, Any]:
        overlap = self.wanted.overlap or WORKING_OVERLAP
        request: dict[str, Any] = {"id": old["id"], "overlap_seconds": overlap}
        request |= {"expires_at": self.wanted.expires_at} if self.wanted.expires_at else {}
        minted: dict[str, Any] = self.runtime.client.call(tokens.rotate, request).data
        return minted

    def _verify(self, minted: Mapping[str, Any]) -> None:
        """A real call with the new token. Raises what the server says to it."""
        self._with(minted).call(tokens.self_, {})

    def _with(self, minted: Mapping[str, Any]) -> "Client":
        token = str(minted["token"])
        return self.runtime.client_of(self.runtime.config, token=lambda: token)

    def _run_hook(self, hook: str) -> None:
        """Its output goes to standard error: standard output is the result's."""
        done = subprocess.run(  # noqa: S602 - the user's own command line
            hook, shell=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
        )
        if done.returncode:
            raise ConditionNotMet(f"The hook '{hook}' ended with {done.returncode}.")

    def _roll_back(self, minted: Mapping[str, Any]) -> None:
        for restore in reversed(self.undo):
            with suppress(TickitiError):
                restore()
        request = {"ids": [minted["id"]], "reinstate": True}
        try:
            self.runtime.client.call(tokens.revoke, request)
            told = f"Token {minted['id']} is revoked again; nothing has changed."
        except (ApiError, TickitiError):
            told = f"Token {minted['id']} could not be revoked: tickiti token revoke {minted['id']}"
        self.runtime.output.progress(told)
