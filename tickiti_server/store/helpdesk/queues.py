"""Stores queues: table `queue`."""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction

_COLUMNS = "id, name, name_key, built_in, outgoing_mailbox_id, track_resolutions, is_parked,\
 release_queue_id, content_type"

CHANGEABLE = (
    "name", "outgoing_mailbox_id", "track_resolutions", "is_parked", "release_queue_id",
    "content_type",
)  # fmt: skip
"""The columns that a request sets."""

_INSERT = """
INSERT INTO queue (name, name_key, outgoing_mailbox_id, track_resolutions, is_parked,
                   release_queue_id, content_type)
VALUES (:name, :name_key, :outgoing_mailbox_id, :track_resolutions, :is_parked,
        :release_queue_id, :content_type)
"""

_UPDATE = """
UPDATE queue
   SET name = :name, name_key = :name_key, outgoing_mailbox_id = :outgoing_mailbox_id,
       track_resolutions = :track_resolutions, is_parked = :is_parked,
       release_queue_id = :release_queue_id, content_type = :content_type
 WHERE id = :id
"""

_COUNTED = f"""
SELECT {_COLUMNS},
       (SELECT count(*) FROM ticket t WHERE t.queue_id = queue.id AND t.deleted_at IS NULL)
           AS ticket_count
  FROM queue
"""


def find_queue_by_name(tx: Transaction, name: str) -> Row | None:
    """Return the queue of that name, compared without case."""
    return tx.one(
        "SELECT id, name, track_resolutions FROM queue WHERE name_key = :key",
        {"key": case_key(name)},
    )


def find_queue(tx: Transaction, queue_id: int) -> Row | None:
    return tx.one(f"SELECT {_COLUMNS} FROM queue WHERE id = :id", {"id": queue_id})


def list_queues(tx: Transaction) -> Sequence[Row]:
    """Return every queue, oldest first."""
    return tx.all("SELECT id, name FROM queue ORDER BY id")


def list_queues_with_counts(tx: Transaction) -> Sequence[Row]:
    """Return every queue with its number of tickets, oldest first."""
    return tx.all(f"{_COUNTED} ORDER BY id")


def add_queue(tx: Transaction, name: str) -> None:
    """Add a queue unless the name exists."""
    tx.execute(
        "INSERT INTO queue (name, name_key) VALUES (:name, :key) ON CONFLICT DO NOTHING",
        {"name": name, "key": case_key(name)},
    )


def insert_queue(tx: Transaction, *, name: str, **columns: object) -> int:
    """Insert a queue with all its changeable columns and return its id."""
    return tx.insert(_INSERT, {**columns, "name": name, "name_key": case_key(name)})


def update_queue(tx: Transaction, queue_id: int, *, name: str, **columns: object) -> None:
    """Store all changeable columns of a queue."""
    tx.execute(_UPDATE, {**columns, "id": queue_id, "name": name, "name_key": case_key(name)})


def delete_queue(tx: Transaction, queue_id: int) -> None:
    tx.execute("DELETE FROM queue WHERE id = :id AND built_in = 0", {"id": queue_id})


def count_tickets(tx: Transaction, queue_id: int) -> int:
    """Count the tickets of a queue, deleted ones included, because they can be restored."""
    row = tx.one("SELECT count(*) AS found FROM ticket WHERE queue_id = :id", {"id": queue_id})
    assert row is not None
    return int(row["found"])


def move_tickets(tx: Transaction, queue_id: int, *, to: int) -> None:
    """Move every ticket of a queue, deleted ones included.

    This is not activity, so that lists keep their order.
    """
    tx.execute("UPDATE ticket SET queue_id = :to WHERE queue_id = :id", {"id": queue_id, "to": to})
