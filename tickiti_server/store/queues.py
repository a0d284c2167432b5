"""Where tickets lie: `queue`."""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction


def find(tx: Transaction, name: str) -> Row | None:
    return tx.one("SELECT id, name FROM queue WHERE name = :name", {"name": name})


def every(tx: Transaction) -> Sequence[Row]:
    """By creation."""
    return tx.all("SELECT id, name FROM queue ORDER BY id")


def add(tx: Transaction, name: str) -> None:
    """Add a queue unless there is one of that name."""
    tx.execute(
        "INSERT INTO queue (name, name_key) VALUES (:name, :key) ON CONFLICT DO NOTHING",
        {"name": name, "key": name.lower()},
    )
