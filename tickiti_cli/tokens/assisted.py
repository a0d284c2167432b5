"""The assisted rotation, for an install without a token API: a person makes the new key there.

Rule: the new token is verified before it is installed, and any failure before the last installation
restores every place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.token_format import split_token
from tickiti_cli.errors import Lacking, Unverified, UsageProblem
from tickiti_cli.files.private_file import read_secret_of_stdin
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work, probe
from tickiti_cli.tokens.destinations import Destination, destinations
from tickiti_cli.tokens.login.given import checked_id
from tickiti_cli.tokens.swap import TokenSwap

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender


@dataclass(frozen=True, kw_only=True)
class AssistedRotation:
    """The values of the flags of `token rotate --self --assisted`."""

    runtime: Runtime
    install: Sequence[str] = ()
    expires_at: str | None = None
    hook: str | None = None
    verifies: bool = True
    from_stdin: bool = False

    @cached_property
    def places(self) -> list[Destination]:
        """The profile in use, if it holds the token in use, and the places of --install."""
        config = self.runtime.config
        store = config.store_in_use
        own = [f"profile:{store.profile}"] if store else []
        found = destinations([*own, *self.install], config)
        if not found:
            raise UsageProblem(
                "No destination for the new token.",
                hint="Give --install file:PATH, or a profile with -p NAME.",
            )
        return found

    def run(self, report: Callable[[Mapping[str, Any]], None]) -> None:
        """Rotate the token in use. After an exception nothing has changed."""
        places, old = self.places, self.runtime.config.token
        open_work.show_of_all(self.runtime, places=places)
        held = self._held(old) if self.verifies else []
        self._explain(held)
        new = self._asked()
        token_id = _checked(new, old)
        if self.verifies:
            self._verify(new, held)
        minted = {"id": token_id, "token": new, "expires_at": self.expires_at}
        swap = TokenSwap(places, self.hook)
        try:
            swap.make(minted)
            report({"id": token_id, "previous_id": _id(old), "abilities": held or None})
            self.runtime.streams.flush()
        except BaseException:
            for line in swap.restore() or ["Nothing was changed."]:
                self.runtime.output.progress(line)
            raise

    def _client(self, token: str) -> "Sender":
        # Without a journal, because a probe has no effect that would have to be finished.
        config = self.runtime.config
        return self.runtime.senders.sender_of(
            config, token=lambda: token, journal=None, is_probe=True
        )

    def _held(self, old: str) -> list[Ability]:
        """Return the abilities of the old token, which the new one must have."""
        try:
            return probe.held(self._client(old))
        except Unauthenticated as error:
            raise Unverified(
                "The server rejects the token in use, so its abilities cannot be compared.",
                hint="To replace it without the comparison, add --no-verify.",
            ) from error

    def _explain(self, held: Sequence[Ability]) -> None:
        if self.from_stdin:
            return
        base_url = self.runtime.config.connection.base_url
        self.runtime.output.remark(f"Create a new key at {base_url}, Administration -> API keys.")
        if held:
            self.runtime.output.remark(f"Select these abilities: {', '.join(held)}")

    def _asked(self) -> str:
        if self.from_stdin:
            return read_secret_of_stdin("--token-stdin")
        if not self.runtime.may_ask:
            raise UsageProblem("Not a terminal: give the new token with --token-stdin.")
        return self.runtime.streams.ask_secret("New token: ")

    def _verify(self, new: str, held: Sequence[Ability]) -> None:
        client = self._client(new)
        try:
            # An old token without abilities still needs one probe, which shows a refused new one.
            found = probe.held(client, held or [Ability.TICKET_INDEX])
        except Unauthenticated as error:
            raise Unverified("The server rejects the new token.") from error
        missing = [ability for ability in held if ability not in found]
        if missing:
            raise Lacking(
                f"The new token lacks abilities of the old one: {', '.join(missing)}.",
                hint="Select them for the new key, and run the same command again.",
            )


def _checked(new: str, old: str) -> int:
    """Return the id of a new token. Raises UsageProblem for text that cannot be one."""
    token_id = checked_id(new)
    if new == old:
        raise UsageProblem("That is the token in use, not a new one.")
    return token_id


def _id(token: str) -> int | None:
    found = split_token(token)
    return found[0] if found else None
