"""Stores how long the database has been served: table `running_time`."""

from tickiti_server.store.interface import Transaction


def find_running_time(tx: Transaction) -> int:
    """Return the running time in microseconds.

    The newest stored reply counts too, because its time may be later than the one that was
    stored before a crash.
    """
    noted = tx.one("SELECT microseconds FROM running_time")
    newest = tx.one("SELECT ran_at FROM idem ORDER BY id DESC LIMIT 1")
    assert noted is not None
    return max(int(noted["microseconds"]), 0 if newest is None else int(newest["ran_at"]))


def store_running_time(tx: Transaction, microseconds: int) -> None:
    """Store the running time, which never decreases."""
    tx.execute(
        "UPDATE running_time SET microseconds = :now WHERE microseconds < :now",
        {"now": microseconds},
    )
