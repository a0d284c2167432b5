"""Idempotency keys: which ones are accepted, when two requests are the same, what is replayed.

A key is consumed if and only if its operation took effect: the stored reply is written in the
operation's own transaction, and only for a success. There is no claim, no lock with a lifetime and
no state in between, so nothing can be stuck.

The 409 for a different payload tells nothing of the first operation.
"""

import asyncio
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from tickiti_cli.contract.endpoint import Endpoint, Key
from tickiti_cli.contract.errors import KeyConflict, KeyInProgress, KeyInvalid, KeyMissing
from tickiti_server import strict_json
from tickiti_server.call import DAY, SECOND, Microseconds
from tickiti_server.store import idempotency as stored
from tickiti_server.store.database import Transaction

MOST_CHARACTERS = 255
FINGERPRINT_VERSION = 1
"""How `fp_canon` is computed. A stored reply keeps its version: after an upgrade that changes the
rule, the raw fingerprint still recognises an identical retry."""

LONG_BODY = 64 * 1024
"""Bytes beyond which a body's canonical form, several times as long, is never made as a whole."""

HINT_CHARACTERS = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Claim(NamedTuple):
    """One request's hold on a key: `raw` and `canon` are SHA-256 fingerprints of the request."""

    family_id: int
    key: str
    key_sha256: bytes
    operation: str
    raw: bytes
    canon: bytes
    fresh_until: int | None = None
    """Microseconds: a minted key starts nothing new after this."""

    @property
    def hint(self) -> str:
        return self.key[:HINT_CHARACTERS]


def key_of(row: Endpoint, values: Sequence[bytes]) -> str | None:
    """The key in the request's Idempotency-Key headers. Raises KeyMissing and KeyInvalid."""
    if row.key is Key.NONE:
        return None
    if not values:
        if row.key is Key.REQUIRED:
            raise KeyMissing
        return None
    if len(values) > 1:
        raise KeyInvalid("Send one Idempotency-Key header, not several.")
    return _decoded(values[0])


def _decoded(value: bytes) -> str:
    try:
        key = value.decode()
    except UnicodeDecodeError:
        raise KeyInvalid("The Idempotency-Key header is not UTF-8.") from None
    if not key:
        raise KeyMissing
    if len(key) > MOST_CHARACTERS:
        raise KeyInvalid(f"The Idempotency-Key is longer than {MOST_CHARACTERS} characters.")
    if _CONTROL.search(key):
        raise KeyInvalid("The Idempotency-Key holds control characters.")
    return key


def digest(key: str) -> bytes:
    """What is stored of a key."""
    return sha256(key.encode()).digest()


def fingerprints(
    row: Endpoint, path: str, *, query: bytes, body: object, raw: bytes
) -> tuple[bytes, bytes]:
    """SHA-256 of the request as sent, and of its meaning: method, path, query and JSON value."""
    operation = f"{row.name}\0{path}".encode()
    parameters = _canonical_query(query) if query else b""
    if len(raw) > LONG_BODY:
        sent = sha256(b"\0".join((operation, query, b"")))
        sent.update(raw)
        meaning = sha256(b"\0".join((operation, parameters, b"")))
        strict_json.feed_canonical(body, meaning.update)
        return sent.digest(), meaning.digest()
    as_sent = sha256(b"\0".join((operation, query, raw))).digest()
    whole = b"\0".join((operation, parameters, strict_json.canonical(body)))
    return as_sent, sha256(whole).digest()


def _canonical_query(query: bytes) -> bytes:
    """One spelling for each set of parameters."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode(sorted(pairs)).encode()


def find(tx: Transaction, claim: Claim) -> stored.StoredReply | None:
    """The reply to replay. Raises KeyConflict where the key belongs to a different request."""
    reply = stored.find(tx, family_id=claim.family_id, key_sha256=claim.key_sha256)
    if reply is None:
        return None
    same_meaning = reply.fp_version == FINGERPRINT_VERSION and reply.fp_canon == claim.canon
    if reply.fp_raw != claim.raw and not same_meaning:
        raise KeyConflict
    return reply


def consume(
    tx: Transaction, claim: Claim, *, request_id: str, now: Microseconds, running: Microseconds
) -> int | None:
    """Take the key in the operation's own transaction; the id its effects refer to, or None where
    another operation has it."""
    return stored.claim(
        tx,
        family_id=claim.family_id,
        key_sha256=claim.key_sha256,
        key_hint=claim.hint,
        operation=claim.operation,
        fp_version=FINGERPRINT_VERSION,
        fp_raw=claim.raw,
        fp_canon=claim.canon,
        request_id=request_id,
        created_at=now,
        ran_at=running,
    )


def kept_until(
    reply: stored.StoredReply, *, days: int, now: Microseconds, running: Microseconds
) -> Microseconds:
    """Until when, by the wall clock, a stored reply is kept at least: what was announced first, or
    where the clock was set since, what is left of its days. Never a time that is over."""
    window = days * DAY
    left = max(reply.ran_at + window - running, 0)
    announced = reply.created_at + window
    if now <= announced <= now + left + SECOND:
        return announced
    return -(-(now + left) // SECOND) * SECOND


def refuse_late(claim: Claim, now: int) -> None:
    """Raise KeyInvalid for a minted key that has run out and never was used."""
    if claim.fresh_until is not None and now > claim.fresh_until:
        raise KeyInvalid("This minted Idempotency-Key has expired unused; ask for a new one.")


class Turns:
    """Lets requests with the same key run one after another.

    Whoever waits finds the stored reply when its turn comes, or runs itself if the one before
    failed. The database alone decides what is a duplicate: this only spares clients a refusal.
    """

    def __init__(self, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._running: dict[tuple[int, bytes], Turn] = {}

    async def take(self, claim: Claim) -> "Turn":
        """The turn, to be ended. Raises KeyInProgress after the wait, or KeyConflict if what runs
        is another request."""
        holder = (claim.family_id, claim.key_sha256)
        if holder in self._running:
            await self._wait(holder, claim)
        turn = self._running[holder] = Turn(self._running, holder, claim.canon)
        return turn

    async def _wait(self, holder: tuple[int, bytes], claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                while turn := self._running.get(holder):
                    await asyncio.shield(turn.ended())
        except TimeoutError:
            turn = self._running.get(holder)
            is_same = turn is None or turn.canon == claim.canon
            raise KeyInProgress(retry_after=1) if is_same else KeyConflict from None


class Turn:
    """One request that runs with its key; the future is made for the first that waits for it."""

    __slots__ = ("_ended", "_holder", "_running", "canon")

    def __init__(
        self, running: "dict[tuple[int, bytes], Turn]", holder: tuple[int, bytes], canon: bytes
    ) -> None:
        self._running = running
        self._holder = holder
        self._ended: asyncio.Future[None] | None = None
        self.canon = canon

    def ended(self) -> asyncio.Future[None]:
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def end(self) -> None:
        del self._running[self._holder]
        if self._ended is not None:
            self._ended.set_result(None)
