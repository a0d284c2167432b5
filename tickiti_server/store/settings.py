"""Named values that belong to the database: `setting`."""

from tickiti_server.store.database import Transaction


def find(tx: Transaction, name: str) -> str | None:
    row = tx.one("SELECT value FROM setting WHERE name = :name", {"name": name})
    return None if row is None else str(row["value"])


def insert(tx: Transaction, name: str, value: str) -> None:
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value)", {"name": name, "value": value}
    )
