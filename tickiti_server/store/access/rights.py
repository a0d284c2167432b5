"""Stores the rights of users in queues: table `queue_right`. A user without a row has no right in
the queue."""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_COLUMNS = "person_id, queue_id, can_view, can_manage, can_delete, treat_as_inbox,\
 receive_inbox_errors"

_SET = """
INSERT INTO queue_right (person_id, queue_id, can_view, can_manage, can_delete, treat_as_inbox,
                         receive_inbox_errors)
VALUES (:person_id, :queue_id, :can_view, :can_manage, :can_delete, :treat_as_inbox,
        :receive_inbox_errors)
ON CONFLICT (person_id, queue_id) DO UPDATE
   SET can_view = excluded.can_view, can_manage = excluded.can_manage,
       can_delete = excluded.can_delete, treat_as_inbox = excluded.treat_as_inbox,
       receive_inbox_errors = excluded.receive_inbox_errors
"""

_GRANT_STAFF = """
INSERT INTO queue_right (person_id, queue_id, can_view, can_manage, can_delete)
SELECT id, :queue_id, 1, 1, 1 FROM person WHERE role > 0 AND id <> 1
ON CONFLICT DO NOTHING
"""

_GRANT_QUEUES = """
INSERT INTO queue_right (person_id, queue_id, can_view, can_manage, can_delete)
SELECT :person_id, id, 1, 1, 1 FROM queue WHERE 1 = 1
ON CONFLICT DO NOTHING
"""


def find_right(tx: Transaction, person_id: int, queue_id: int) -> Row | None:
    """The rights of one user in one queue."""
    sql = f"SELECT {_COLUMNS} FROM queue_right WHERE person_id = :person_id AND queue_id = :queue"
    return tx.one(sql, {"person_id": person_id, "queue": queue_id})


def list_rights(tx: Transaction) -> Sequence[Row]:
    """Every right of every user, by user and queue."""
    return tx.all(f"SELECT {_COLUMNS} FROM queue_right ORDER BY person_id, queue_id")


def set_right(tx: Transaction, **columns: object) -> None:
    """Store all five switches of a user in a queue."""
    tx.execute(_SET, columns)


def delete_right(tx: Transaction, person_id: int, queue_id: int) -> None:
    """Leave the user no right in the queue."""
    tx.execute(
        "DELETE FROM queue_right WHERE person_id = :person_id AND queue_id = :queue_id",
        {"person_id": person_id, "queue_id": queue_id},
    )


def grant_staff(tx: Transaction, queue_id: int) -> None:
    """Give every staff user all three rights in a new queue: the permissive model."""
    tx.execute(_GRANT_STAFF, {"queue_id": queue_id})


def grant_queues(tx: Transaction, person_id: int) -> None:
    """Give a new staff user all three rights in every queue: the permissive model."""
    tx.execute(_GRANT_QUEUES, {"person_id": person_id})
