"""The rotation of a token: mint, verify, install, run the hook; or none of it.

Rule: any failure before the hook has succeeded restores every place, revokes the new token and
reinstates the old one. After a lost reply that happens at once, or when the same command is run
again.

A killed process restores nothing: the old token then works until its overlap ends, and the new one
is in the places that were reached. A second rotation completes it, because it rotates the newest
token of the family and installs the successor everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.api.journal.outcome import carried_out
from tickiti_cli.contract.errors import ApiError, MissingAbility, Unauthenticated
from tickiti_cli.errors import NotOffered, TickitiError, Unverified
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import lost_tokens, selection
from tickiti_cli.tokens.back_ends.back_end import BackEnd
from tickiti_cli.tokens.destinations import Destination
from tickiti_cli.tokens.swap import TokenSwap
from tickiti_cli.tokens.undo import undo

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender

WORKING_OVERLAP = 600
"""Seconds. With --overlap 0 the old token works this long, until the new one is installed."""

ASSISTED = "Rotate it with a person's help: tickiti token rotate --self --assisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRequest:
    """The values of the flags of `token rotate`; `overlap` in seconds."""

    places: Sequence[Destination] = ()
    overlap: int
    expires_at: str | None = None
    hook: str | None = None
    verifies: bool = True


@dataclass(slots=True)
class Rotation:
    """One rotation. `report` writes the result; if that fails, the rotation is undone, because
    nobody has seen the token."""

    runtime: Runtime
    request: RotationRequest
    back_end: BackEnd
    report: Callable[[Mapping[str, Any], Mapping[str, Any]], None]

    def run(self, name: str | None) -> None:
        """Rotate a token by id or name, or the one in use.

        Exceptions are raised after the undo. Raises NotOffered for an install without a token API,
        and LockedOut while another run rotates the token.
        """
        begun = self._begun(self._rotatable(name))
        with lost_tokens.Notes(self.runtime).alone(begun, "rotating"):
            self._run(name)

    def _run(self, name: str | None) -> None:
        old, lost = self._old(name)
        minted = self._mint(old)
        swap = TokenSwap(self.request.places, self.request.hook)
        try:
            if self.request.verifies:
                self._verify(minted)
            swap.make(minted)
            self.report(minted, old)
            self.runtime.streams.flush()
        except BaseException as error:
            undo(self.runtime, self.back_end, swap, minted, error, reinstates=True)
            raise
        if lost:
            with carried_out():
                lost_tokens.revoke(self.runtime, self.back_end, lost)
        elif not self.request.overlap:
            self._retire(old)

    def _old(self, name: str | None) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        """Return the token to rotate, and the lost tokens to revoke afterwards.

        A lost token is a successor whose reply was lost. It is rotated itself where no other token
        of the family is left.
        """
        old = self._rotatable(name)
        notes = lost_tokens.Notes(self.runtime)
        before = notes.find(self._begun(old))
        if before is None:
            return old, []
        listed = self.back_end.list()
        lost = lost_tokens.among(listed, before)
        if self.back_end.is_vendor:
            if lost:
                lost_tokens.revoke(self.runtime, self.back_end, lost)
            notes.forget(before)
            return old, []
        alive = [row["id"] for row in listed.rows if row.get("status") == "overlap"]
        if not lost or before.old_id not in alive:
            return (max(lost, key=lambda row: row["id"]) if lost else old), lost
        lost_tokens.revoke(self.runtime, self.back_end, lost, reinstates=True)
        notes.forget(before)
        return self._found(name), []

    def _rotatable(self, name: str | None) -> Mapping[str, Any]:
        """Return the token as it is now. It is asked for again under the lock, because another run
        may just have rotated it."""
        try:
            return self._found(name)
        except NotOffered as error:
            raise NotOffered(error.message, hint=ASSISTED) from error
        except MissingAbility as error:
            error.hint = ASSISTED
            raise

    def _found(self, name: str | None) -> Mapping[str, Any]:
        try:
            return (
                selection.find(self.back_end, name) if name else selection.own_active(self.back_end)
            )
        except Unauthenticated:
            self._show_lost_rotation()
            raise

    def _show_lost_rotation(self) -> None:
        """Show that the token in use has ended by a rotation whose reply was lost."""
        config = self.runtime.config
        own = Bearer.of(config.token).token_id
        note = lost_tokens.Notes(self.runtime).of_token(config.connection.base_url, own)
        if note is not None:
            self.runtime.output.progress(
                f"A rotation of token {own} was started at {note.begun_at} and its reply was lost, "
                "so nobody has the new token. With a token that may manage tokens: "
                f"tickiti token rotate '{note.name}'"
            )

    def _begun(self, old: Mapping[str, Any]) -> lost_tokens.PendingToken:
        base_url = self.runtime.config.connection.base_url
        return lost_tokens.PendingToken(
            base_url,
            str(old["name"]),
            [*(old.get("abilities") or [])] if old["family"] is None else [],
            old["family"],
            int(old["id"]),
        )

    def _mint(self, old: Mapping[str, Any]) -> dict[str, Any]:
        overlap = self.request.overlap or WORKING_OVERLAP
        request: dict[str, Any] = {"overlap_seconds": overlap}
        request |= {"expires_at": self.request.expires_at} if self.request.expires_at else {}
        begun, notes = self._begun(old), lost_tokens.Notes(self.runtime)
        self.runtime.next_step = _way_on(begun.old_id, datetime.now(UTC), overlap)
        try:
            with notes.kept(begun):
                minted = self.back_end.rotate(old, request)
        except (ApiError, TickitiError) as error:
            if error.outcome == "unknown":
                self._revoke_lost(notes.find(begun), error, overlap)
            raise
        self.runtime.next_step = ""
        return minted

    def _revoke_lost(
        self, begun: lost_tokens.PendingToken | None, error: ApiError | TickitiError, overlap: int
    ) -> None:
        """Find and revoke the token whose reply was lost. Where that fails, the error's hint says
        when the old token ends."""
        assert begun is not None
        with suppress(ApiError, TickitiError):
            lost = lost_tokens.among(self.back_end.list(), begun)
            if lost:
                lost_tokens.revoke(self.runtime, self.back_end, lost, reinstates=True)
                lost_tokens.Notes(self.runtime).forget(begun)
                error.outcome = "not_applied"
                error.hint = f"Token {begun.old_id} is still valid; run the same command again."
                return
        error.hint = _way_on(begun.old_id, datetime.fromisoformat(begun.begun_at), overlap)

    def _verify(self, minted: Mapping[str, Any]) -> None:
        """Make a call with the new token. Raises ApiError, and Unverified for another token."""
        told = self.back_end.confirm_new(minted, self._with(minted))
        if told not in (None, minted["id"]):
            raise Unverified(f"Token {minted['id']} is token {told} to the server.")

    def _with(self, minted: Mapping[str, Any]) -> "Sender":
        token = str(minted["token"])
        return self.runtime.senders.sender_of(self.runtime.config, token=lambda: token)

    def _retire(self, old: Mapping[str, Any]) -> None:
        """End the old token. A failure leaves both tokens active and is shown."""
        try:
            self.back_end.retire(int(old["id"]), {})
        except (ApiError, TickitiError):
            self.runtime.output.progress(
                f"The rotation is done, but token {old['id']} stays valid for "
                f"{WORKING_OVERLAP // 60} minutes. To end it now: "
                f"tickiti token retire {old['id']}"
            )
            raise


def _way_on(old_id: int, begun_at: datetime, overlap: int) -> str:
    """Return what to do about a rotation whose reply is missing."""
    return (
        f"If the server has rotated it, token {old_id} expires at "
        f"{begun_at + timedelta(seconds=overlap):%Y-%m-%d %H:%M:%S} UTC and nobody has the new "
        "token. Run the same command before then: it revokes the lost token and rotates again."
    )
