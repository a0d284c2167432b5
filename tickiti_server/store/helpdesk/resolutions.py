"""The categories under which tickets are closed: `resolution_category`."""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction

_COLUMNS = "id, name, colour, position, selectable"

_INSERT = """
INSERT INTO resolution_category (name, name_key, colour, selectable, position)
VALUES (:name, :key, :colour, :selectable,
        (SELECT coalesce(max(position), 0) + 1 FROM resolution_category))
"""

_UPDATE = """
UPDATE resolution_category
   SET name = :name, name_key = :key, colour = :colour, selectable = :selectable
 WHERE id = :id
"""


def find_resolution(tx: Transaction, resolution_id: int) -> Row | None:
    return tx.one(
        f"SELECT {_COLUMNS} FROM resolution_category WHERE id = :id", {"id": resolution_id}
    )


def find_resolution_by_name(tx: Transaction, name: str) -> Row | None:
    """The one category of a name, compared without case."""
    sql = f"SELECT {_COLUMNS} FROM resolution_category WHERE name_key = :key"
    return tx.one(sql, {"key": case_key(name)})


def find_resolution_by_id_or_name(tx: Transaction, wanted: int | str) -> Row | None:
    """A name comes before an id, because a name may be made of digits."""
    text = str(wanted)
    found = find_resolution_by_name(tx, text)
    if found is None and text.isdecimal() and len(text) < 19:
        found = find_resolution(tx, int(text))
    return found


def list_resolutions(tx: Transaction) -> Sequence[Row]:
    """The categories by position."""
    return tx.all(f"SELECT {_COLUMNS} FROM resolution_category ORDER BY position, id")


def insert_resolution(tx: Transaction, *, name: str, colour: str, selectable: bool) -> int:
    """Insert a category behind all others and return its id."""
    return tx.insert(
        _INSERT,
        {"name": name, "key": case_key(name), "colour": colour, "selectable": selectable},
    )


def update_resolution(
    tx: Transaction, resolution_id: int, *, name: str, colour: str, selectable: bool
) -> None:
    tx.execute(
        _UPDATE,
        {
            "id": resolution_id,
            "name": name,
            "key": case_key(name),
            "colour": colour,
            "selectable": selectable,
        },
    )


def set_resolution_position(tx: Transaction, resolution_id: int, *, position: int) -> None:
    tx.execute(
        "UPDATE resolution_category SET position = :position WHERE id = :id",
        {"id": resolution_id, "position": position},
    )


def count_resolved_tickets(tx: Transaction, resolution_id: int) -> int:
    """Count the tickets of a category, deleted ones included, because they can be restored."""
    row = tx.one(
        "SELECT count(*) AS found FROM ticket WHERE resolution_id = :id", {"id": resolution_id}
    )
    assert row is not None
    return int(row["found"])


def delete_resolution(tx: Transaction, resolution_id: int) -> None:
    tx.execute("DELETE FROM resolution_category WHERE id = :id", {"id": resolution_id})
