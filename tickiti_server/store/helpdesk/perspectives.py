"""Stores perspectives, the saved views of the ticket list: table `perspective`.

Rule: only its owner sees a personal perspective.
"""

from collections.abc import Mapping, Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction

_SELECT = """
SELECT p.id, p.name, p.description, p.shared, p.owner_id, p.display_mode, p.show_in_crm,
       p.conditions, p.orders, o.email AS owner, p.owner_id IS NULL AS built_in
  FROM perspective p LEFT JOIN person o ON o.id = p.owner_id
 WHERE (p.shared = 1 OR p.owner_id = :person_id)
"""

_INSERT = """
INSERT INTO perspective (name, description, shared, owner_id, display_mode, show_in_crm,
                         conditions, orders)
VALUES (:name, :description, :shared, :owner_id, :display_mode, :show_in_crm, :conditions, :orders)
"""


def list_perspectives(tx: Transaction, person_id: int) -> Sequence[Row]:
    """Return the perspectives that a person sees, oldest first."""
    return tx.all(f"{_SELECT} ORDER BY p.id", {"person_id": person_id})


def list_own_perspectives(tx: Transaction, person_id: int) -> Sequence[Row]:
    """Return the perspectives that a person made, oldest first."""
    sql = f"{_SELECT} AND p.owner_id = :person_id ORDER BY p.id"
    return tx.all(sql, {"person_id": person_id})


def find_perspective(tx: Transaction, perspective_id: int, person_id: int) -> Row | None:
    return tx.one(f"{_SELECT} AND p.id = :id", {"id": perspective_id, "person_id": person_id})


def find_perspective_by_name(tx: Transaction, name: str, person_id: int) -> Row | None:
    """Return a perspective by name, else by name without case; a personal one comes before a
    shared one."""
    sql = f"{_SELECT} AND p.name = :name ORDER BY p.shared LIMIT 1"
    if found := tx.one(sql, {"name": name, "person_id": person_id}):
        return found
    key = case_key(name)
    rows = tx.all(f"{_SELECT} ORDER BY p.shared, p.id", {"person_id": person_id})
    return next((row for row in rows if case_key(row["name"]) == key), None)


def is_name_taken(tx: Transaction, name: str, *, shared: bool, owner_id: int, but: int) -> bool:
    """Whether another perspective of that name, compared without case, is built in or seen by the
    same people."""
    seen = "shared = 1" if shared else "(owner_id = :owner_id AND shared = 0)"
    sql = f"SELECT name FROM perspective WHERE id <> :but AND ({seen} OR owner_id IS NULL)"
    values = {"but": but} if shared else {"but": but, "owner_id": owner_id}
    key = case_key(name)
    return any(case_key(row["name"]) == key for row in tx.all(sql, values))


def insert_perspective(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT, columns)


def update_perspective(tx: Transaction, perspective_id: int, columns: Mapping[str, object]) -> None:
    """Set columns, whose names come from the program and never from a request."""
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    tx.execute(
        f"UPDATE perspective SET {settings} WHERE id = :id", {**columns, "id": perspective_id}
    )


def delete_perspective(tx: Transaction, perspective_id: int) -> None:
    tx.execute(
        "DELETE FROM perspective WHERE id = :id AND owner_id IS NOT NULL", {"id": perspective_id}
    )
