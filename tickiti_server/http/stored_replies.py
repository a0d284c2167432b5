"""The stored reply of a key: looking it up before anything else, and telling it again."""

from tickiti_server.http.reply import Reply, replayed
from tickiti_server.http.services import Services
from tickiti_server.idempotency import replay
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.access.idempotency import StoredReply


async def find(services: Services, claim: KeyClaim) -> StoredReply | None:
    """The stored reply, unless the key is new here. Raises KeyConflict if another request has the
    key."""
    known = services.known_keys
    if known is not None and known.is_new(claim.key_sha256):
        return None
    return await look_up(services, claim)


async def look_up(services: Services, claim: KeyClaim) -> StoredReply | None:
    """The stored reply, of another server too. Raises KeyConflict."""
    return await services.database.read(lambda tx: replay.find(tx, claim), quick=True)


def replay_of(services: Services, found: StoredReply) -> Reply:
    """The reply again, and how long its key is kept."""
    now, running = services.clock(), services.running_time.now()
    days = services.settings.key_days
    return replayed(found, replay.kept_until(found, days=days, now=now, running=running))
