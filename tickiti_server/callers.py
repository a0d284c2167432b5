"""Who is behind each token, remembered until a token or a user changes.

A server has few tokens and many requests: without this each request would look the same row up
twice, before and inside its transaction. The rule of this file: what is remembered is used only
while the database says that nothing has changed since it was read, so that a token that is revoked
is refused from the next request on, and so are the requests that already wait.
"""

from typing import NamedTuple

from tickiti_cli.contract.errors import Unauthenticated
from tickiti_server import auth, tokens
from tickiti_server.auth import Known
from tickiti_server.call import Microseconds
from tickiti_server.store.database import Database, Transaction

MOST_REMEMBERED = 1000
"""Tokens; beyond it all are looked up anew, which costs a moment each."""


class Admitted(NamedTuple):
    """A token that was admitted to a request, and as of when."""

    known: Known
    as_of: object


class Callers:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[int, Admitted] = {}

    async def admit(self, token_id: int, secret: str, now: Microseconds) -> Admitted:
        """Raises Unauthenticated."""
        digest = tokens.digest(secret)
        # Before it is read: what changes meanwhile makes this outdated, whichever was read.
        as_of = self._database.tokens_as_of
        found = self._remembered.get(token_id)
        known = found.known if found is not None and found.as_of == as_of else None
        if auth.is_of(known, digest) and found is not None and found.known.is_live(now):
            return found
        known = await self._database.read(lambda tx: auth.look_up(tx, token_id, digest), quick=True)
        admitted = Admitted(auth.admitted(known, now), as_of)
        self._remember(token_id, admitted)
        return admitted

    def refuse_dead(self, tx: Transaction, admitted: Admitted, now: Microseconds) -> None:
        """Raise Unauthenticated for a token that died while its request was waiting."""
        known, as_of = admitted
        if as_of != self._database.tokens_as_of or not known.is_live(now):
            auth.refuse_dead(tx, known.caller, now)

    def renewed(self, tx: Transaction, admitted: Admitted) -> Admitted:
        """The same as of now: the role of its user may have changed while its request was waiting.
        Raises Unauthenticated."""
        if admitted.as_of == self._database.tokens_as_of:
            return admitted
        asked = admitted.known
        known = auth.look_up(tx, asked.caller.token_id, asked.secret_sha256)
        if known is None:
            raise Unauthenticated
        return Admitted(known, admitted.as_of)

    def _remember(self, token_id: int, admitted: Admitted) -> None:
        """Only of those who showed its secret: strangers do not fill the memory."""
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[token_id] = admitted
