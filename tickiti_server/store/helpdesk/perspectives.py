"""Saved views of the list of tickets: `perspective`.

The rule of this file: a personal view is there for its owner alone.
"""

from collections.abc import Mapping, Sequence

from tickiti_server.store.database import Row, Transaction

_SELECT = """
SELECT p.id, p.name, p.description, p.shared, p.owner_id, p.show_in_crm, p.conditions, p.orders,
       o.email AS owner, p.owner_id IS NULL AS built_in
  FROM perspective p LEFT JOIN person o ON o.id = p.owner_id
 WHERE (p.shared OR p.owner_id = :person_id)
"""

_INSERT = """
INSERT INTO perspective (name, description, shared, owner_id, show_in_crm, conditions, orders)
VALUES (:name, :description, :shared, :owner_id, :show_in_crm, :conditions, :orders)
"""


def visible(tx: Transaction, person_id: int) -> Sequence[Row]:
    """By creation."""
    return tx.all(f"{_SELECT} ORDER BY p.id", {"person_id": person_id})


def find(tx: Transaction, perspective_id: int, person_id: int) -> Row | None:
    return tx.one(f"{_SELECT} AND p.id = :id", {"id": perspective_id, "person_id": person_id})


def named(tx: Transaction, name: str, person_id: int) -> Row | None:
    """One's own before a shared one of that name."""
    sql = f"{_SELECT} AND p.name = :name ORDER BY p.shared LIMIT 1"
    return tx.one(sql, {"name": name, "person_id": person_id})


def is_taken(tx: Transaction, name: str, *, shared: bool, owner_id: int, but: int) -> bool:
    """Whether another one of that name is seen by the same people, or built in."""
    seen = "shared" if shared else "(owner_id = :owner_id AND NOT shared)"
    sql = "SELECT id FROM perspective WHERE name = :name AND id <> :but"
    sql += f" AND ({seen} OR owner_id IS NULL)"
    return tx.one(sql, {"name": name, "owner_id": owner_id, "but": but}) is not None


def insert(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT, columns)


def update(tx: Transaction, perspective_id: int, columns: Mapping[str, object]) -> None:
    """Set these columns, whose names are the caller's own."""
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    tx.execute(
        f"UPDATE perspective SET {settings} WHERE id = :id", {**columns, "id": perspective_id}
    )


def delete(tx: Transaction, perspective_id: int) -> None:
    tx.execute(
        "DELETE FROM perspective WHERE id = :id AND owner_id IS NOT NULL", {"id": perspective_id}
    )
