"""Operations on the tables `outbox` and `lane` for a test server's clock, which may be moved."""

from tickiti_server.store.interface import Transaction

_WAITING = "FROM outbox o JOIN lane l ON l.name = o.lane WHERE o.state IN ('queued', 'retry')"

_IS_UNDER_WAY = f"""
SELECT 1 FROM outbox WHERE state = 'claimed'
 UNION ALL
SELECT 1 {_WAITING} AND max(o.next_at, l.paused_until) <= :now
 LIMIT 1
"""

_NEXT = f"""
SELECT min(max(o.next_at, l.paused_until)) AS at {_WAITING}
   AND max(o.next_at, l.paused_until) > :now
"""


_PAST = """
UPDATE outbox SET dedupe = 'past:' || seq || ':' || dedupe
 WHERE (dedupe BETWEEN 'notify:' AND 'notify;' OR dedupe BETWEEN 'send_email:' AND 'send_email;')
   AND NOT EXISTS (SELECT 1 FROM idem)
"""


def is_under_way(tx: Transaction, *, now: int) -> bool:
    """Whether a delivery is due, or being sent."""
    return tx.one(_IS_UNDER_WAY, {"now": now}) is not None


def next_delivery(tx: Transaction, *, now: int) -> int | None:
    """Return the moment after `now` at which the next delivery falls due."""
    row = tx.one(_NEXT, {"now": now})
    return None if row is None else row["at"]


def count_claimed(tx: Transaction) -> int:
    """Return the number of deliveries that are being sent."""
    row = tx.one("SELECT count(*) AS number FROM outbox WHERE state = 'claimed'")
    return 0 if row is None else int(row["number"])


def free_effects(tx: Transaction) -> None:
    """Free the names of all effects once no stored reply is left. The ids of replies begin at 1
    then, and a clock that stands still gives a reply the time that an earlier one had."""
    tx.execute(_PAST)


def shift_leases(tx: Transaction, by: int) -> None:
    """Move the ends of all leases with the clock: no worker has really held one for longer."""
    tx.execute(
        "UPDATE outbox SET lease_until = lease_until + :by WHERE state = 'claimed'", {"by": by}
    )


def shift_waits(tx: Transaction, by: int) -> None:
    """Move all later attempts and pauses with a clock that goes back: what was to be tried again in
    a minute still is."""
    tx.execute(
        "UPDATE outbox SET next_at = next_at + :by WHERE state IN ('queued', 'retry')", {"by": by}
    )
    tx.execute(
        "UPDATE lane SET paused_until = paused_until + :by WHERE paused_until > 0", {"by": by}
    )


def end_leases(tx: Transaction, *, now: int) -> None:
    """End all leases. Only while no worker runs, such as those of a server that was killed: by a
    clock that stands still no lease would ever expire."""
    tx.execute("UPDATE outbox SET lease_until = :end WHERE state = 'claimed'", {"end": now - 1})
