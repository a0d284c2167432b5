"""Stored replies of keys: finding, claiming, and the time they are kept."""

from tickiti_cli.contract.errors import KeyConflict, KeyInvalid
from tickiti_server.clock import DAY, SECOND, Microseconds
from tickiti_server.idempotency.fingerprint import FINGERPRINT_VERSION
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.access import idempotency as stored
from tickiti_server.store.interface import Transaction


def find(tx: Transaction, claim: KeyClaim) -> stored.StoredReply | None:
    """The stored reply of the key, or None. Raises KeyConflict if another request has the key."""
    reply = stored.find_reply(tx, family_id=claim.family_id, key_sha256=claim.key_sha256)
    if reply is None:
        return None
    same_meaning = reply.fp_version == FINGERPRINT_VERSION and reply.fp_canon == claim.canon
    if reply.fp_raw != claim.raw and not same_meaning:
        raise KeyConflict
    return reply


def claim(
    tx: Transaction, claim: KeyClaim, *, request_id: str, now: Microseconds, running: Microseconds
) -> int | None:
    """Claim the key inside the operation's transaction.

    Returns the operation's id, to which its effects refer, or None if the key is taken.
    """
    return stored.claim_key(
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
    """The wall-clock time until which a stored reply is kept at least; never in the past.

    Normally the time that was announced first. If the clock was set since, the days that are left.
    """
    window = days * DAY
    left = max(reply.ran_at + window - running, 0)
    announced = reply.created_at + window
    if now <= announced <= now + left + SECOND:
        return announced
    return -(-(now + left) // SECOND) * SECOND


def refuse_expired(claim: KeyClaim, now: int) -> None:
    """Raise KeyInvalid if a minted key has expired before its first use."""
    if claim.fresh_until is not None and now > claim.fresh_until:
        raise KeyInvalid("This Idempotency-Key has expired unused; request a new one.")
