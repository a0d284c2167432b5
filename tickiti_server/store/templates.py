"""Texts with placeholders: `template`."""

from collections.abc import Mapping, Sequence

from tickiti_server.store.database import Row, Transaction
from tickiti_server.store.search import needles

COLUMNS = ("identifier", "type", "category", "subcategory", "subject", "content", "enabled")
"""What a template is made of, beside its id and its times."""

_LISTED = "id, identifier, type, category, subcategory, subject, enabled"
"""Without the content, which may be a megabyte in each."""

SEARCHED = ("identifier", "subject", "content", "category", "subcategory")

_INSERT = f"""
INSERT INTO template ({", ".join(COLUMNS)}, created_at, updated_at)
VALUES ({", ".join(f":{column}" for column in COLUMNS)}, :now, :now)
"""


def find(tx: Transaction, template_id: int) -> Row | None:
    return tx.one("SELECT * FROM template WHERE id = :id", {"id": template_id})


def find_named(tx: Transaction, identifier: str) -> Row | None:
    return tx.one("SELECT * FROM template WHERE identifier = :name", {"name": identifier})


def listed(tx: Transaction, *, types: Sequence[str]) -> Sequence[Row]:
    """Those of some types, by identifier."""
    condition, values = _one_of(types)
    return tx.all(f"SELECT {_LISTED} FROM template WHERE {condition} ORDER BY identifier", values)


def search(
    tx: Transaction, text: str, *, columns: Sequence[str], types: Sequence[str]
) -> Sequence[Row]:
    """Those that hold a text, without case, in one of the columns; by identifier."""
    condition, values = _one_of(types)
    holds = " OR ".join(f"holds({column}, :text)" for column in columns)
    return tx.all(
        f"SELECT {_LISTED} FROM template WHERE {condition} AND ({holds}) ORDER BY identifier",
        {**values, "text": needles([text])},
    )


def insert(tx: Transaction, *, now: int, **columns: object) -> int:
    return tx.insert(_INSERT, {**columns, "now": now})


def update(tx: Transaction, template_id: int, changes: Mapping[str, object], *, now: int) -> None:
    """Change some of COLUMNS."""
    assert set(changes) <= set(COLUMNS)
    settings = "".join(f"{column} = :{column}, " for column in changes)
    tx.execute(
        f"UPDATE template SET {settings}updated_at = :now WHERE id = :id",
        {**changes, "id": template_id, "now": now},
    )


def delete(tx: Transaction, template_id: int) -> None:
    tx.execute("DELETE FROM template WHERE id = :id", {"id": template_id})


def _one_of(types: Sequence[str]) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {f"type{at}": name for at, name in enumerate(types)}
    return f"type IN ({', '.join(f':{name}' for name in values)})", values
