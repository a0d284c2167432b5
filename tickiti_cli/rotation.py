"""A rotation from one end to the other: mint, verify, install, hook; or nothing of it.

The rule of this file: until the new token is in its places and the hook has succeeded, every
failure puts each destination back as it was, revokes the new token and lets the old one live on.

Where the process itself is killed nothing can be put back. The old token works until its overlap
ends, then; the new one is active, and in those places that were reached. A second rotation gets to
a good end from there: the successor is made of the newest token of the family, and put everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tickiti_cli import finding
from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import NotOffered, TickitiError, Unverified
from tickiti_cli.installing import Destination
from tickiti_cli.runtime import Runtime
from tickiti_cli.swapping import Swap
from tickiti_cli.undoing import undo

if TYPE_CHECKING:
    from tickiti_cli.client import Client

WORKING_OVERLAP = 600
"""Seconds. Without any overlap the old token still works until the new one is in its places."""

ASSISTED = "Rotate it with a person's help: tickiti token rotate --self --assisted"


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
    """One rotation under way. `report` writes the result, which belongs to it: a token that nobody
    got to see is of no use."""

    runtime: Runtime
    wanted: Wanted
    report: Callable[[Mapping[str, Any], Mapping[str, Any]], None]

    def run(self, name: str | None) -> None:
        """Rotate a token by id or name, or the one in use. Raises what went wrong, once it is
        undone; NotOffered with the way on for an install without a token API."""
        try:
            old = finding.find(self.runtime, name) if name else finding.own_active(self.runtime)
        except NotOffered as error:
            raise NotOffered(error.message, hint=ASSISTED) from error
        minted = self._mint(old)
        swap = Swap(self.wanted.places, self.wanted.hook)
        try:
            if self.wanted.verifies:
                self._verify(minted)
            swap.make(minted)
            self.report(minted, old)
            self.runtime.streams.flush()
        except BaseException as error:
            undo(self.runtime, swap, minted, error, reinstates=True)
            raise
        if not self.wanted.overlap:
            self._retire(old)

    def _mint(self, old: Mapping[str, Any]) -> dict[str, Any]:
        overlap = self.wanted.overlap or WORKING_OVERLAP
        request: dict[str, Any] = {"id": old["id"], "overlap_seconds": overlap}
        request |= {"expires_at": self.wanted.expires_at} if self.wanted.expires_at else {}
        minted: dict[str, Any] = self.runtime.client.call(tokens.rotate, request).data
        return minted

    def _verify(self, minted: Mapping[str, Any]) -> None:
        """A real call with the new token. Raises what the server says to it."""
        row = self._with(minted).call(tokens.self_, {}).data
        if row["id"] != minted["id"]:
            raise Unverified(f"Token {minted['id']} is taken for token {row['id']} by the server.")

    def _with(self, minted: Mapping[str, Any]) -> "Client":
        token = str(minted["token"])
        return self.runtime.client_of(self.runtime.config, token=lambda: token)

    def _retire(self, old: Mapping[str, Any]) -> None:
        """It is the last step: what fails here leaves both tokens working, and is said."""
        try:
            self.runtime.client.call(tokens.retire, {"id": old["id"]})
        except (ApiError, TickitiError):
            self.runtime.output.progress(
                f"The rotation is done, but token {old['id']} still works for "
                f"{WORKING_OVERLAP // 60} minutes, unless it is ended before: "
                f"tickiti token retire {old['id']}"
            )
            raise
