"""Finds the lanes with due deliveries."""

from tickiti_server.clock import Microseconds
from tickiti_server.delivery.slots import FreeSlots, Lane
from tickiti_server.store.interface import Transaction
from tickiti_server.store.outgoing import outbox as stored


def is_due(tx: Transaction, free: FreeSlots, now: Microseconds) -> bool:
    """Whether a delivery can be claimed or taken back; this reads one or two rows."""
    if stored.has_expired_lease(tx, now=now):
        return True
    return bool(free.count and ready_lanes(tx, free, now, most=1))


def ready_lanes(tx: Transaction, free: FreeSlots, now: Microseconds, *, most: int) -> list[Lane]:
    rows = stored.list_ready_lanes(tx, now=now, closed=free.closed, full=free.full, most=most)
    return [Lane(row["name"], row["server"]) for row in rows]
