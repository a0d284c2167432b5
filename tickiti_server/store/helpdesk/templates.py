"""Stores templates, which are texts with placeholders: table `template`."""

from collections.abc import Mapping, Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.clauses import needles

COLUMNS = (
    "identifier", "type", "category", "subcategory", "subject", "content", "enabled",
    "description", "legend", "keywords", "ordinal",
)  # fmt: skip
"""The columns of a template, its id and its times aside."""

_LISTED = """id, identifier, type, category, subcategory, subject, enabled, description, legend,
       keywords, ordinal, updated_at"""
"""The listed columns. The content is left out, because each may be a megabyte."""

SEARCHED = ("identifier", "subject", "content", "keywords")

_INSERT = f"""
INSERT INTO template ({", ".join(COLUMNS)}, created_at, updated_at)
VALUES ({", ".join(f":{column}" for column in COLUMNS)}, :now, :now)
"""


def find_template(tx: Transaction, template_id: int) -> Row | None:
    return tx.one("SELECT * FROM template WHERE id = :id", {"id": template_id})


def find_template_by_identifier(tx: Transaction, identifier: str) -> Row | None:
    """Return a template by identifier, else by identifier without case, by which none is taken
    twice."""
    sql = "SELECT * FROM template WHERE identifier = :name"
    if found := tx.one(sql, {"name": identifier}):
        return found
    key = case_key(identifier)
    rows = tx.all("SELECT id, identifier FROM template")
    twin = next((row for row in rows if case_key(row["identifier"]) == key), None)
    return find_template(tx, twin["id"]) if twin else None


def is_identifier_taken(tx: Transaction, identifier: str, *, but: int = 0) -> bool:
    """Whether another template has this identifier, compared without case."""
    key = case_key(identifier)
    rows = tx.all("SELECT identifier FROM template WHERE id <> :but", {"but": but})
    return any(case_key(row["identifier"]) == key for row in rows)


def list_templates(tx: Transaction, *, types: Sequence[str]) -> Sequence[Row]:
    """Return the templates of some types by identifier."""
    condition, values = _one_of(types)
    return tx.all(f"SELECT {_LISTED} FROM template WHERE {condition} ORDER BY identifier", values)


def list_faqs(tx: Transaction) -> Sequence[Row]:
    """Return the FAQs by ordinal."""
    return tx.all(f"SELECT {_LISTED} FROM template WHERE type = 'faq' ORDER BY ordinal, id")


def list_enabled_faqs(tx: Transaction) -> Sequence[Row]:
    """Return the enabled FAQs with their contents, by ordinal."""
    sql = f"SELECT {_LISTED}, content FROM template WHERE type = 'faq' AND enabled <> 0"
    return tx.all(f"{sql} ORDER BY ordinal, id")


def search_templates(
    tx: Transaction, words: Sequence[str], *, types: Sequence[str]
) -> Sequence[Row]:
    """Return the templates that have every word, compared without case, in any of SEARCHED."""
    condition, values = _one_of(types)
    holds, bound = having(words, SEARCHED)
    sql = f"SELECT {_LISTED} FROM template WHERE {condition}{holds} ORDER BY identifier"
    return tx.all(sql, {**values, **bound})


def having(words: Sequence[str], columns: Sequence[str]) -> tuple[str, dict[str, object]]:
    """The condition that each word is in one of the columns, and its values."""
    values: dict[str, object] = {f"word{at}": needles([word]) for at, word in enumerate(words)}
    conditions = (" OR ".join(f"holds({column}, :{name})" for column in columns) for name in values)
    return "".join(f" AND ({condition})" for condition in conditions), values


def insert_template(tx: Transaction, *, now: int, **columns: object) -> int:
    return tx.insert(_INSERT, {**columns, "now": now})


def update_template(
    tx: Transaction, template_id: int, changes: Mapping[str, object], *, now: int
) -> None:
    """Set some of COLUMNS."""
    assert set(changes) <= set(COLUMNS)
    settings = "".join(f"{column} = :{column}, " for column in changes)
    tx.execute(
        f"UPDATE template SET {settings}updated_at = :now WHERE id = :id",
        {**changes, "id": template_id, "now": now},
    )


def delete_template(tx: Transaction, template_id: int) -> None:
    tx.execute("DELETE FROM template WHERE id = :id", {"id": template_id})


def _one_of(types: Sequence[str]) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {f"type{at}": name for at, name in enumerate(types)}
    return f"type IN ({', '.join(f':{name}' for name in values)})", values
