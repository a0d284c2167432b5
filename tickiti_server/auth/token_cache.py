"""A cache of tokens and their callers, valid until a token or a user changes.

A server has few tokens and many requests. Without the cache each request would read the same row
twice: before its transaction and inside. Rule: a cached token is used only while the version of the
tokens in the database is unchanged, so that a revocation also stops the writes that are queued.
"""

from typing import NamedTuple

from tickiti_server.auth import authenticate
from tickiti_server.auth.authenticate import TokenRecord
from tickiti_server.auth.token import secret_digest
from tickiti_server.clock import Microseconds
from tickiti_server.store.interface import Database, Transaction

MOST_REMEMBERED = 1000
"""Tokens in the cache. Beyond this the cache is emptied, and each is read again."""


class Authenticated(NamedTuple):
    """The token of a request, and the version of the tokens at which it was read."""

    token: TokenRecord
    as_of: object


class TokenCache:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[int, Authenticated] = {}

    async def authenticate(self, token_id: int, secret: str, now: Microseconds) -> Authenticated:
        """The token with this id and secret. Raises Unauthenticated."""
        digest = secret_digest(secret)
        as_of = self._database.token_version
        found = self._remembered.get(token_id)
        record = found.token if found is not None and found.as_of == as_of else None
        if authenticate.matches(record, digest) and found is not None and found.token.is_live(now):
            return found
        record, as_of = await self._database.read(
            lambda tx: self._look_up(tx, token_id, digest), quick=True
        )
        authenticated = Authenticated(authenticate.require_live(record, now), as_of)
        self._remember(token_id, authenticated)
        return authenticated

    def recheck(
        self, tx: Transaction, authenticated: Authenticated, now: Microseconds
    ) -> Authenticated:
        """Check a token again in the transaction of its write, which waited in the queue.

        Returns the same object if no token and no user has changed, otherwise the token as it is
        now: a demotion of its user counts. Raises Unauthenticated if the token was revoked or has
        expired.
        """
        record, as_of = authenticated
        if as_of != self._database.tokens_as_of(tx):
            found = authenticate.look_up(tx, record.caller.token_id, record.secret_sha256)
            return Authenticated(authenticate.require_live(found, now), as_of)
        authenticate.require_live(record, now)
        return authenticated

    def _look_up(
        self, tx: Transaction, token_id: int, digest: bytes
    ) -> tuple[TokenRecord | None, object]:
        # The version first, so that a change during the read makes the result outdated.
        as_of = self._database.tokens_as_of(tx)
        return authenticate.look_up(tx, token_id, digest), as_of

    def _remember(self, token_id: int, authenticated: Authenticated) -> None:
        """Cache a token whose secret was right, so that failed attempts do not fill the cache."""
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[token_id] = authenticated
