"""The values that a ticket's attributes can have: its queue and its assignee."""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.clauses import needles

_QUEUES = """
SELECT q.id, q.name, q.built_in, q.track_resolutions, q.is_parked,
       coalesce(r.can_view, 0) AS can_view, coalesce(r.can_manage, 0) AS can_manage,
       coalesce(r.can_delete, 0) AS can_delete
  FROM queue q LEFT JOIN queue_right r ON r.queue_id = q.id AND r.person_id = :person_id
 ORDER BY q.id
"""

_STAFF = """
SELECT id, name, email FROM person
 WHERE role > 0 AND id <> 1 AND (holds(email, :parts) OR holds(coalesce(name, ''), :parts))
 ORDER BY id
"""


def list_queues_with_rights(tx: Transaction, person_id: int) -> Sequence[Row]:
    """Every queue, by creation, with what its rows of rights let a user do in it."""
    return tx.all(_QUEUES, {"person_id": person_id})


def list_staff(tx: Transaction, part: str) -> Sequence[Row]:
    """Staff with a part of their name or address, without the system user."""
    return tx.all(_STAFF, {"parts": needles([part])})
