"""A rotation from one end to the other: mint, verify, install, hook; or nothing of it.

The rule of this file: until the new token is in its places and the hook has succeeded, every
failure puts each destination back as it was, revokes the new token and lets the old one live on:
also where the reply with the new token was lost, at once or when the same command is run again.

Where the process itself is killed nothing can be put back. The old token works until its overlap
ends, then; the new one is active, and in those places that were reached. A second rotation gets to
a good end from there: the successor is made of the newest token of the family, and put everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tickiti_cli import finding, orphans
from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError, Unauthenticated
from tickiti_cli.errors import NotOffered, TickitiError, Unverified
from tickiti_cli.installing import Destination
from tickiti_cli.journal import Bearer
from tickiti_cli.outcomes import carried_out
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
        old, lost = self._old(name)
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
        if lost:
            with carried_out():
                orphans.revoke(self.runtime, lost)
        elif not self.wanted.overlap:
            self._retire(old)

    def _old(self, name: str | None) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        """The token to rotate, and what is to be revoked after it: the successor that nobody has
        of a rotation before, if that is all that is left to rotate."""
        try:
            old = self._found(name)
        except NotOffered as error:
            raise NotOffered(error.message, hint=ASSISTED) from error
        notes = orphans.Notes(self.runtime)
        before = notes.find(self._begun(old))
        if before is None:
            return old, []
        listed = self.runtime.client.call(tokens.index, {})
        lost = orphans.among(listed, before)
        alive = [row["id"] for row in listed.data["tokens"] if row.get("status") == "overlap"]
        if not lost or before.old_id not in alive:
            return (max(lost, key=lambda row: row["id"]) if lost else old), lost
        orphans.revoke(self.runtime, lost, reinstates=True)
        notes.forget(before)
        return self._found(name), []

    def _found(self, name: str | None) -> Mapping[str, Any]:
        try:
            return finding.find(self.runtime, name) if name else finding.own_active(self.runtime)
        except Unauthenticated:
            self._tell_of_lost()
            raise

    def _tell_of_lost(self) -> None:
        """Why a token works no more whose rotation nobody heard of again."""
        config = self.runtime.config
        own = Bearer.of(config.token).token_id
        note = orphans.Notes(self.runtime).of_token(config.connection.base_url, own)
        if note is not None:
            self.runtime.output.progress(
                f"A rotation of token {own} was begun at {note.begun_at}, and its reply was lost: "
                "nobody has the token that follows it. With a token that may manage others: "
                f"tickiti token rotate '{note.name}'"
            )

    def _begun(self, old: Mapping[str, Any]) -> orphans.Begun:
        base_url = self.runtime.config.connection.base_url
        return orphans.Begun(base_url, str(old["name"]), [], int(old["family"]), int(old["id"]))

    def _mint(self, old: Mapping[str, Any]) -> dict[str, Any]:
        overlap = self.wanted.overlap or WORKING_OVERLAP
        request: dict[str, Any] = {"id": old["id"], "overlap_seconds": overlap}
        request |= {"expires_at": self.wanted.expires_at} if self.wanted.expires_at else {}
        begun, notes = self._begun(old), orphans.Notes(self.runtime)
        try:
            with notes.kept(begun):
                return orphans.made_of(self.runtime.client.call(tokens.rotate, request))
        except (ApiError, TickitiError) as error:
            if error.outcome == "unknown":
                self._take_back(notes.find(begun), error, overlap)
            raise

    def _take_back(
        self, begun: orphans.Begun | None, error: ApiError | TickitiError, overlap: int
    ) -> None:
        """What can be done at once about a reply that was lost; else say what is so, and how to go
        on with it."""
        assert begun is not None
        with suppress(ApiError, TickitiError):
            lost = orphans.among(self.runtime.client.call(tokens.index, {}), begun)
            if lost:
                orphans.revoke(self.runtime, lost, reinstates=True)
                orphans.Notes(self.runtime).forget(begun)
                error.outcome = "not_applied"
                error.hint = f"Token {begun.old_id} lives on; run the same command again."
                return
        ends = datetime.fromisoformat(begun.begun_at) + timedelta(seconds=overlap)
        error.hint = (
            f"If the server has rotated it, token {begun.old_id} ends at "
            f"{ends:%Y-%m-%d %H:%M:%S} UTC, and nobody has the token that follows it. Run the same "
            f"command again before: it revokes that one, and token {begun.old_id} is rotated anew."
        )

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
