"""How long the database has been served, as it is written down: `running_time`."""

from tickiti_server.store.database import Transaction


def find(tx: Transaction) -> int:
    """In microseconds. The newest stored reply may know of more than was noted before a crash."""
    noted = tx.one("SELECT microseconds FROM running_time")
    newest = tx.one("SELECT ran_at FROM idem ORDER BY id DESC LIMIT 1")
    assert noted is not None
    return max(int(noted["microseconds"]), 0 if newest is None else int(newest["ran_at"]))


def note(tx: Transaction, microseconds: int) -> None:
    """Write it down; it is never set back."""
    tx.execute(
        "UPDATE running_time SET microseconds = :now WHERE microseconds < :now",
        {"now": microseconds},
    )
