"""Finds and repairs times of the tables `outbox` and `lane` that a wrong clock has written."""

from typing import NamedTuple

from tickiti_server.store.interface import Transaction


class ScheduleLimit(NamedTuple):
    """Selects rows that are due after `latest`, which become due `now`.

    Leases are selected too if `leases` is true, which is safe only while no worker runs.
    """

    now: int
    latest: int
    leases: bool


def has_implausible(tx: Transaction, limit: ScheduleLimit) -> bool:
    return any(tx.one(f"SELECT 1 FROM {table} LIMIT 1", {"latest": limit.latest})
               for table, _ in _implausible(limit))  # fmt: skip


def reschedule_implausible(tx: Transaction, limit: ScheduleLimit) -> None:
    for table, change in _implausible(limit):
        name, _, where = table.partition(" ")
        tx.execute(f"UPDATE {name} SET {change} {where}", limit._asdict())


def _implausible(limit: ScheduleLimit) -> list[tuple[str, str]]:
    """The rows of a limit, each with the change to it."""
    rows = [
        ("outbox WHERE state IN ('queued', 'retry') AND next_at > :latest", "next_at = :now"),
        ("lane WHERE paused_until > :latest", "paused_until = :now"),
    ]
    claimed = ("outbox WHERE state = 'claimed' AND lease_until > :latest", "lease_until = :now - 1")
    return [*rows, claimed] if limit.leases else rows
