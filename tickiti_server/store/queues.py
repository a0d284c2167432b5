"""Where tickets lie: `queue`."""

from collections.abc import Sequence

from tickiti_server.folding import case_key
from tickiti_server.store.database import Row, Transaction

_COLUMNS = "id, name, name_key, built_in, outgoing_mailbox_id"

_COUNTED = f"""
SELECT {_COLUMNS}, (SELECT count(*) FROM ticket t WHERE t.queue_id = queue.id) AS ticket_count
  FROM queue
"""


def of_key(tx: Transaction, name: str) -> Row | None:
    """The one queue of that name, whatever the case."""
    return tx.one("SELECT id, name FROM queue WHERE name_key = :key", {"key": case_key(name)})


def of_id(tx: Transaction, queue_id: int) -> Row | None:
    return tx.one(f"SELECT {_COLUMNS} FROM queue WHERE id = :id", {"id": queue_id})


def every(tx: Transaction) -> Sequence[Row]:
    """By creation."""
    return tx.all("SELECT id, name FROM queue ORDER BY id")


def counted(tx: Transaction) -> Sequence[Row]:
    """By creation, each with how many tickets lie in it."""
    return tx.all(f"{_COUNTED} ORDER BY id")


def add(tx: Transaction, name: str) -> None:
    """Add a queue unless there is one of that name."""
    tx.execute(
        "INSERT INTO queue (name, name_key) VALUES (:name, :key) ON CONFLICT DO NOTHING",
        {"name": name, "key": case_key(name)},
    )


def insert(tx: Transaction, name: str, *, outgoing_mailbox_id: int | None) -> int:
    return tx.insert(
        "INSERT INTO queue (name, name_key, outgoing_mailbox_id) VALUES (:name, :key, :mailbox)",
        {"name": name, "key": case_key(name), "mailbox": outgoing_mailbox_id},
    )


def update(tx: Transaction, queue_id: int, *, name: str, outgoing_mailbox_id: int | None) -> None:
    tx.execute(
        "UPDATE queue SET name = :name, name_key = :key, outgoing_mailbox_id = :mailbox"
        " WHERE id = :id",
        {"id": queue_id, "name": name, "key": case_key(name), "mailbox": outgoing_mailbox_id},
    )


def delete(tx: Transaction, queue_id: int) -> None:
    tx.execute("DELETE FROM queue WHERE id = :id AND NOT built_in", {"id": queue_id})


def tickets_in(tx: Transaction, queue_id: int) -> int:
    row = tx.one("SELECT count(*) AS found FROM ticket WHERE queue_id = :id", {"id": queue_id})
    assert row is not None
    return int(row["found"])


def move_tickets(tx: Transaction, queue_id: int, *, to: int) -> None:
    """All of them; no activity of theirs, so that lists keep their order."""
    tx.execute("UPDATE ticket SET queue_id = :to WHERE queue_id = :id", {"id": queue_id, "to": to})
