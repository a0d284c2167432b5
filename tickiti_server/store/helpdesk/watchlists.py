"""Lists of tickets that somebody watches: `watchlist`, `watchlist_ticket`.

The rule of this file: a personal list is there for its owner alone.
"""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction

_VISIBLE = "SELECT id, name, icon, shared FROM watchlist WHERE (shared OR owner_id = :person_id)"

_MEMBERS = """
SELECT x.watchlist_id, x.ticket_id
  FROM watchlist_ticket x JOIN watchlist w ON w.id = x.watchlist_id
 WHERE w.shared OR w.owner_id = :person_id
 ORDER BY x.watchlist_id, x.position, x.ticket_id
"""

_ADD = """
INSERT INTO watchlist_ticket (watchlist_id, ticket_id, position)
VALUES (:id, :ticket_id,
        (SELECT coalesce(max(position), 0) + 1 FROM watchlist_ticket WHERE watchlist_id = :id))
ON CONFLICT DO NOTHING
"""

_OF_TICKET = """
SELECT w.id FROM watchlist w JOIN watchlist_ticket x ON x.watchlist_id = w.id
 WHERE x.ticket_id = :ticket_id AND (w.shared OR w.owner_id = :person_id) ORDER BY w.id
"""


def visible(tx: Transaction, person_id: int) -> Sequence[Row]:
    """By creation."""
    return tx.all(f"{_VISIBLE} ORDER BY id", {"person_id": person_id})


def find(tx: Transaction, watchlist_id: int, person_id: int) -> Row | None:
    return tx.one(f"{_VISIBLE} AND id = :id", {"id": watchlist_id, "person_id": person_id})


def members(tx: Transaction, person_id: int) -> Sequence[Row]:
    """The tickets of every list this person sees, in the lists' own order."""
    return tx.all(_MEMBERS, {"person_id": person_id})


def tickets(tx: Transaction, watchlist_id: int) -> list[int]:
    rows = tx.all(
        "SELECT ticket_id FROM watchlist_ticket WHERE watchlist_id = :id"
        " ORDER BY position, ticket_id",
        {"id": watchlist_id},
    )
    return [int(row["ticket_id"]) for row in rows]


def of_ticket(tx: Transaction, ticket_id: int, person_id: int) -> list[int]:
    rows = tx.all(_OF_TICKET, {"ticket_id": ticket_id, "person_id": person_id})
    return [int(row["id"]) for row in rows]


def insert(tx: Transaction, **columns: object) -> int:
    return tx.insert(
        "INSERT INTO watchlist (name, icon, shared, owner_id)"
        " VALUES (:name, :icon, :shared, :owner_id)",
        columns,
    )


def update(tx: Transaction, watchlist_id: int, **columns: object) -> None:
    tx.execute(
        "UPDATE watchlist SET name = :name, icon = :icon, shared = :shared WHERE id = :id",
        {**columns, "id": watchlist_id},
    )


def delete(tx: Transaction, watchlist_id: int) -> None:
    tx.execute("DELETE FROM watchlist WHERE id = :id", {"id": watchlist_id})


def add(tx: Transaction, watchlist_id: int, ticket_id: int) -> None:
    """At the end, unless it is on the list."""
    tx.execute(_ADD, {"id": watchlist_id, "ticket_id": ticket_id})


def remove(tx: Transaction, watchlist_id: int, ticket_id: int) -> None:
    tx.execute(
        "DELETE FROM watchlist_ticket WHERE watchlist_id = :id AND ticket_id = :ticket_id",
        {"id": watchlist_id, "ticket_id": ticket_id},
    )


def place(tx: Transaction, watchlist_id: int, ticket_id: int, *, position: int) -> None:
    tx.execute(
        "UPDATE watchlist_ticket SET position = :position"
        " WHERE watchlist_id = :id AND ticket_id = :ticket_id",
        {"id": watchlist_id, "ticket_id": ticket_id, "position": position},
    )
