"""The stored reply of a key: looking it up before anything else, and telling it again."""

from tickiti_server.http.reply import Reply, replayed
from tickiti_server.http.services import Services
from tickiti_server.idempotency import replay
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.access import idempotency as stored
from tickiti_server.store.access.idempotency import StoredReply


def is_new(services: Services, key_sha256: bytes) -> bool:
    """Whether no reply of the key is stored. A few new keys count as
    stored."""
    known = services.known_keys
    return known is not None and known.is_new(key_sha256)


async def find_same_bytes(
    services: Services, family_id: int, key_sha256: bytes, raw: bytes
) -> StoredReply | None:
    """The stored reply if its request was sent with the same bytes, by their fingerprint `raw`.

    A client retries with the same bytes, so that most retries need no decoding.
    """
    reply = await services.database.read(
        lambda tx: stored.find_reply(tx, family_id=family_id, key_sha256=key_sha256), quick=True
    )
    return reply if reply is not None and reply.fp_raw == raw else None


async def look_up(services: Services, claim: KeyClaim) -> StoredReply | None:
    """The stored reply, of another server too. Raises KeyConflict."""
    return await services.database.read(lambda tx: replay.find(tx, claim), quick=True)


def replay_of(services: Services, found: StoredReply) -> Reply:
    """The reply again, and how long its key is kept."""
    now, running = services.clock(), services.running_time.now()
    days = services.settings.key_days
    return replayed(found, replay.kept_until(found, days=days, now=now, running=running))
