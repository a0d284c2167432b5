"""Rotation where the install has no token API: a person makes the new key in the web interface.

The rule of this file: the new token is tried before it is put anywhere, and until it is in all of
its places every failure leaves each of them as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from getpass import getpass
from typing import TYPE_CHECKING, Any

from tickiti_cli import probing, unfinished
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.tokens import SECRET_PREFIX, is_minted_secret, split_token
from tickiti_cli.credentials import read_secret_of_stdin
from tickiti_cli.errors import Lacking, Unverified, UsageProblem
from tickiti_cli.installing import Destination, destinations
from tickiti_cli.runtime import Runtime
from tickiti_cli.swapping import Swap

if TYPE_CHECKING:
    from tickiti_cli.client import Client


@dataclass(frozen=True, kw_only=True)
class Assisted:
    """What `token rotate --self --assisted` was asked for."""

    runtime: Runtime
    install: Sequence[str] = ()
    expires_at: str | None = None
    hook: str | None = None
    verifies: bool = True
    from_stdin: bool = False

    @cached_property
    def places(self) -> list[Destination]:
        """The profile in use, if the token in use is its own, and those that were named."""
        config = self.runtime.config
        store = config.store_in_use
        own = [f"profile:{store.profile}"] if store else []
        found = destinations([*own, *self.install], config)
        if not found:
            raise UsageProblem(
                "There is nowhere to put the new token.",
                hint="Say where with --install file:PATH, or use a profile with -p NAME.",
            )
        return found

    def run(self, report: Callable[[Mapping[str, Any]], None]) -> None:
        """Raises what went wrong; nothing has changed then."""
        places, old = self.places, self.runtime.config.token
        unfinished.tell_of(self.runtime, places=places)
        held = self._held(old) if self.verifies else []
        self._explain(held)
        new = self._asked()
        token_id = _checked(new, old)
        if self.verifies:
            self._verify(new, held)
        minted = {"id": token_id, "token": new, "expires_at": self.expires_at}
        swap = Swap(places, self.hook)
        try:
            swap.make(minted)
            report({"id": token_id, "previous_id": _id(old), "abilities": held or None})
            self.runtime.streams.flush()
        except BaseException:
            for line in swap.take_back() or ["Nothing has changed."]:
                self.runtime.output.progress(line)
            raise

    def _client(self, token: str) -> "Client":
        # A question is no operation: the journal has nothing to finish of it.
        config = self.runtime.config
        return self.runtime.client_of(config, token=lambda: token, journal=None)

    def _held(self, old: str) -> list[Ability]:
        """What the old token can do, and the new one must be able to."""
        try:
            return probing.held(self._client(old))
        except Unauthenticated as error:
            raise Unverified(
                "The token in use is not accepted any more, so nobody can tell what it could do.",
                hint="To put a new one in its place without the comparison, add --no-verify.",
            ) from error

    def _explain(self, held: Sequence[Ability]) -> None:
        if self.from_stdin:
            return
        base_url = self.runtime.config.connection.base_url
        self.runtime.output.remark(f"Make a new key at {base_url}, Administration -> API keys.")
        if held:
            self.runtime.output.remark(f"Tick these abilities: {', '.join(held)}")

    def _asked(self) -> str:
        if self.from_stdin:
            return read_secret_of_stdin()
        if not self.runtime.may_ask:
            raise UsageProblem("Nobody can be asked for the new token here: use --token-stdin.")
        return getpass("New token: ").strip()

    def _verify(self, new: str, held: Sequence[Ability]) -> None:
        client = self._client(new)
        try:
            # One question more than needed, where the old one could do nothing at all.
            found = probing.held(client, held or [Ability.TICKET_INDEX])
        except Unauthenticated as error:
            raise Unverified("The server does not accept the new token.") from error
        missing = [ability for ability in held if ability not in found]
        if missing:
            raise Lacking(
                f"The new token cannot do what the old one can: it lacks {', '.join(missing)}.",
                hint="Tick these for its key, and run the same command again.",
            )


def _checked(new: str, old: str) -> int:
    """Its id. Raises UsageProblem for what cannot be a new token."""
    found = split_token(new)
    if found is None:
        raise UsageProblem("That is no token: one looks like 14|tkt_... and has no spaces.")
    token_id, secret = found
    if secret.startswith(SECRET_PREFIX) and not is_minted_secret(secret):
        raise UsageProblem("That token is not whole: its checksum is wrong.")
    if new == old:
        raise UsageProblem("That is the token in use, not a new one.")
    return token_id


def _id(token: str) -> int | None:
    found = split_token(token)
    return found[0] if found else None
