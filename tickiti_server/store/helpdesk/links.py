"""Links between tickets: `ticket_link`. Each link is stored in both directions."""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_LINKED = """
SELECT t.id, t.number, t.subject, t.status, t.queue_id, t.originator_id, l.is_clone
  FROM ticket_link l JOIN ticket t ON t.id = l.other_id
 WHERE l.ticket_id = :ticket_id AND t.deleted_at IS NULL
 ORDER BY t.number
"""

# A link that a split made stays one.
_ADD = """
INSERT INTO ticket_link (ticket_id, other_id, is_clone, created_at)
VALUES (:ticket_id, :other_id, :is_clone, :now)
ON CONFLICT (ticket_id, other_id) DO UPDATE
   SET is_clone = CASE WHEN excluded.is_clone = 1 THEN 1 ELSE ticket_link.is_clone END
"""

_REMOVE = """
DELETE FROM ticket_link
 WHERE (ticket_id = :id AND other_id = :other) OR (ticket_id = :other AND other_id = :id)
"""


def list_linked_tickets(tx: Transaction, ticket_id: int) -> Sequence[Row]:
    """The tickets that a ticket is linked to, by number, without deleted ones."""
    return tx.all(_LINKED, {"ticket_id": ticket_id})


def find_link(tx: Transaction, ticket_id: int, other_id: int) -> Row | None:
    """The link between two tickets."""
    sql = "SELECT is_clone FROM ticket_link WHERE ticket_id = :id AND other_id = :other"
    return tx.one(sql, {"id": ticket_id, "other": other_id})


def add_link(
    tx: Transaction, ticket_id: int, other_id: int, *, now: int, is_clone: bool = False
) -> None:
    """Link two tickets, unless they are linked."""
    for one, other in ((ticket_id, other_id), (other_id, ticket_id)):
        values = {"ticket_id": one, "other_id": other, "is_clone": int(is_clone), "now": now}
        tx.execute(_ADD, values)


def remove_link(tx: Transaction, ticket_id: int, other_id: int) -> None:
    tx.execute(_REMOVE, {"id": ticket_id, "other": other_id})


def copy_links(tx: Transaction, ticket_id: int, *, to: int, now: int) -> None:
    """Link everything that a ticket is linked to with another ticket, but not with itself."""
    sql = "SELECT other_id, is_clone FROM ticket_link WHERE ticket_id = :id AND other_id <> :to"
    for row in tx.all(sql, {"id": ticket_id, "to": to}):
        add_link(tx, to, row["other_id"], now=now, is_clone=bool(row["is_clone"]))
