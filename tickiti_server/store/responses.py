"""What was said on all tickets, oldest first: `response`."""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction
from tickiti_server.store.search import Conditions

_SELECT = """
SELECT r.id, r.is_internal, r.is_pinned, r.staff_response, r.html, r.text, r.created_at,
       r.updated_at, p.email AS created_by_email, t.number AS ticket_number
  FROM response r
  JOIN ticket t ON t.id = r.ticket_id
  JOIN person p ON p.id = r.author_id
"""


def is_of_ticket(value: str) -> str:
    return f"r.ticket_id = (SELECT id FROM ticket WHERE number = {value})"


def is_in_queue(value: str) -> str:
    return f"t.queue_id = (SELECT id FROM queue WHERE name_key = {value})"


def is_in_queue_of_id(value: str) -> str:
    return f"t.queue_id = {value}"


def is_internal(value: str) -> str:
    return f"r.is_internal = {value}"


def is_by_staff(value: str) -> str:
    return f"r.staff_response = {value}"


def is_since(value: str) -> str:
    return f"r.created_at >= {value}"


def is_before(value: str) -> str:
    return f"r.created_at < {value}"


def page(
    tx: Transaction, conditions: Conditions, *, after: tuple[int, int] | None, limit: int, most: int
) -> tuple[Sequence[Row], bool]:
    """`after` is the (created_at, id) of the row before this page, which is `most` bytes; and
    whether the page is all."""
    if after is not None:
        moment, last = conditions.bind(after[0]), conditions.bind(after[1])
        conditions.clauses.append(f"(r.created_at, r.id) > ({moment}, {last})")
    where = f"WHERE {' AND '.join(conditions.clauses)}" if conditions.clauses else ""
    sql = f"{_SELECT} {where} ORDER BY r.created_at, r.id LIMIT {conditions.bind(limit)}"
    return tx.few(sql, conditions.values, most=most)


def without_text(tx: Transaction, *, after: int) -> Row | None:
    """The first one behind an id whose text is not worked out yet, with its HTML."""
    sql = "SELECT id, html FROM response WHERE text IS NULL AND id > :after ORDER BY id LIMIT 1"
    return tx.one(sql, {"after": after})


def set_text(tx: Transaction, response_id: int, text: str) -> None:
    tx.execute("UPDATE response SET text = :text WHERE id = :id", {"id": response_id, "text": text})
