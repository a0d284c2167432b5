"""Stores watchlists and their tickets: tables `watchlist`, `watchlist_ticket`.

Rule: only its owner sees a personal watchlist.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

_VISIBLE = """
SELECT w.id, w.name, w.icon, w.description, w.display_mode, w.shared, w.owner_id, o.email AS owner
  FROM watchlist w JOIN person o ON o.id = w.owner_id
 WHERE (w.shared = 1 OR w.owner_id = :person_id)
"""

_MEMBERS = """
SELECT x.watchlist_id, x.ticket_id
  FROM watchlist_ticket x
  JOIN watchlist w ON w.id = x.watchlist_id
  JOIN ticket t ON t.id = x.ticket_id
 WHERE (w.shared = 1 OR w.owner_id = :seen_by) {clauses}
 ORDER BY x.watchlist_id, x.position, x.ticket_id
"""

_INSERT = """
INSERT INTO watchlist (name, icon, description, display_mode, shared, owner_id)
VALUES (:name, :icon, :description, :display_mode, :shared, :owner_id)
"""

_UPDATE = """
UPDATE watchlist SET name = :name, icon = :icon, description = :description,
                     display_mode = :display_mode, shared = :shared
 WHERE id = :id
"""

_ADD = """
INSERT INTO watchlist_ticket (watchlist_id, ticket_id, position)
VALUES (:id, :ticket_id,
        (SELECT coalesce(max(position), 0) + 1 FROM watchlist_ticket WHERE watchlist_id = :id))
ON CONFLICT DO NOTHING
"""

_OF_TICKET = """
SELECT w.id FROM watchlist w JOIN watchlist_ticket x ON x.watchlist_id = w.id
 WHERE x.ticket_id = :ticket_id AND (w.shared = 1 OR w.owner_id = :person_id) ORDER BY w.id
"""


_LOCKED = "/* FOR NO KEY UPDATE OF w */"
"""Of two writers that add tickets, the second counts positions from the first one's."""


def list_watchlists(tx: Transaction, person_id: int) -> Sequence[Row]:
    """Return the watchlists that a person sees, oldest first."""
    return tx.all(f"{_VISIBLE} ORDER BY w.id", {"person_id": person_id})


def find_watchlist(tx: Transaction, watchlist_id: int, person_id: int) -> Row | None:
    return tx.one(
        f"{_VISIBLE} AND w.id = :id {_LOCKED}", {"id": watchlist_id, "person_id": person_id}
    )


def list_members(tx: Transaction, conditions: Conditions) -> Sequence[Row]:
    """Return the tickets of every watchlist that the person of the conditions sees, in the order of
    each watchlist. The tickets (`t`) meet the conditions."""
    clauses = "".join(f" AND {clause}" for clause in conditions.clauses)
    return tx.all(_MEMBERS.format(clauses=clauses), conditions.values)


def list_ticket_ids(tx: Transaction, watchlist_id: int) -> list[int]:
    rows = tx.all(
        "SELECT ticket_id FROM watchlist_ticket WHERE watchlist_id = :id"
        " ORDER BY position, ticket_id",
        {"id": watchlist_id},
    )
    return [int(row["ticket_id"]) for row in rows]


def list_ticket_watchlists(tx: Transaction, ticket_id: int, person_id: int) -> list[int]:
    rows = tx.all(_OF_TICKET, {"ticket_id": ticket_id, "person_id": person_id})
    return [int(row["id"]) for row in rows]


def insert_watchlist(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT, columns)


def update_watchlist(tx: Transaction, watchlist_id: int, **columns: object) -> None:
    tx.execute(_UPDATE, {**columns, "id": watchlist_id})


def delete_watchlist(tx: Transaction, watchlist_id: int) -> None:
    tx.execute("DELETE FROM watchlist WHERE id = :id", {"id": watchlist_id})


def add_ticket(tx: Transaction, watchlist_id: int, ticket_id: int) -> None:
    """Append a ticket to a watchlist, unless it is there."""
    tx.execute(_ADD, {"id": watchlist_id, "ticket_id": ticket_id})


def remove_ticket(tx: Transaction, watchlist_id: int, ticket_id: int) -> None:
    tx.execute(
        "DELETE FROM watchlist_ticket WHERE watchlist_id = :id AND ticket_id = :ticket_id",
        {"id": watchlist_id, "ticket_id": ticket_id},
    )


def set_position(tx: Transaction, watchlist_id: int, ticket_id: int, *, position: int) -> None:
    tx.execute(
        "UPDATE watchlist_ticket SET position = :position"
        " WHERE watchlist_id = :id AND ticket_id = :ticket_id",
        {"id": watchlist_id, "ticket_id": ticket_id, "position": position},
    )
