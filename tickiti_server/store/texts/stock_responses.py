"""Stores stock responses, the texts that staff insert into a response: table `stock_response`."""

from collections.abc import Mapping, Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.helpdesk.templates import having
from tickiti_server.store.interface import Row, Transaction

COLUMNS = (
    "identifier", "category", "subcategory", "subject", "keywords", "is_enabled", "notes",
    "ai_relevance", "content",
)  # fmt: skip
"""The columns of a stock response that a request sets."""

SEARCHED = ("identifier", "keywords", "subject", "content")

_LISTED = """id, identifier, category, subcategory, subject, keywords, use_count, is_enabled, notes,
       ai_relevance, updated_at"""
"""The listed columns. The content is left out, because each may be a megabyte."""

_INSERT = f"""
INSERT INTO stock_response ({", ".join(COLUMNS)}, identifier_key, created_at, updated_at)
VALUES ({", ".join(f":{column}" for column in COLUMNS)}, :identifier_key, :now, :now)
"""


def find_stock_response(tx: Transaction, stock_id: int) -> Row | None:
    return tx.one("SELECT * FROM stock_response WHERE id = :id", {"id": stock_id})


def find_stock_response_by_identifier(tx: Transaction, identifier: str) -> Row | None:
    """Return a stock response by its identifier, compared without case."""
    sql = "SELECT * FROM stock_response WHERE identifier_key = :key"
    return tx.one(sql, {"key": case_key(identifier)})


def list_stock_responses(
    tx: Transaction, words: Sequence[str], *, with_content: bool = False
) -> Sequence[Row]:
    """Return the stock responses that have every word in any of SEARCHED, by category and
    identifier."""
    condition, values = having(words, SEARCHED)
    columns = f"{_LISTED}, content" if with_content else _LISTED
    sql = f"SELECT {columns} FROM stock_response WHERE 1 = 1{condition}"
    return tx.all(f"{sql} ORDER BY category, identifier", values)


def insert_stock_response(tx: Transaction, *, now: int, **columns: object) -> int:
    key = case_key(str(columns["identifier"]))
    return tx.insert(_INSERT, {**columns, "identifier_key": key, "now": now})


def update_stock_response(
    tx: Transaction, stock_id: int, changes: Mapping[str, object], *, now: int
) -> None:
    """Set some of COLUMNS."""
    assert set(changes) <= set(COLUMNS)
    values = dict(changes)
    if "identifier" in changes:
        values["identifier_key"] = case_key(str(changes["identifier"]))
    settings = "".join(f"{column} = :{column}, " for column in values)
    tx.execute(
        f"UPDATE stock_response SET {settings}updated_at = :now WHERE id = :id",
        {**values, "id": stock_id, "now": now},
    )


def delete_stock_response(tx: Transaction, stock_id: int) -> None:
    tx.execute("DELETE FROM stock_response WHERE id = :id", {"id": stock_id})
