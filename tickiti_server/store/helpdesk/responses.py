"""Responses: the thread of one ticket, and a query over all tickets, oldest first.

Rule: HTML and plain text are read only where a reply shows them, and only as much as it shows.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

_TEXT = "coalesce(r.text, plain_text(r.html))"
"""Earlier versions stored no plain text, so that it may be made here."""

_SELECT = """
SELECT r.id, r.ticket_id, r.is_internal, r.is_pinned, r.staff_response, r.created_at, r.updated_at,
       r.audit, r.is_audit_only, coalesce(r.deleted_at, t.deleted_at) AS deleted_at,
       p.email AS created_by_email, t.number AS ticket_number, length(r.html) AS body_chars,
       {html} AS html, {text} AS text, {text_chars} AS text_chars,
       EXISTS (SELECT 1 FROM attachment x WHERE x.response_id = r.id) AS has_files
  FROM response r
  JOIN ticket t ON t.id = r.ticket_id
  JOIN person p ON p.id = r.author_id
"""

_COUNTED = """
  FROM response r
  JOIN ticket t ON t.id = r.ticket_id
  JOIN person p ON p.id = r.author_id
  JOIN queue q ON q.id = t.queue_id
"""

GROUPED_BY: Mapping[str, str] = {
    "ticket_number": "t.number",
    "created_by_email": "p.email",
    "queue": "q.name",
    "is_internal": "r.is_internal",
    "staff_response": "r.staff_response",
    "day": "r.created_at / 86400000000",
}
"""The values that responses can be counted by, as SQL. A day is its number since 1970 in UTC."""


LONGEST_TEXT = 2**31 - 1
"""PostgreSQL counts characters in 31 bits, SQLite bytes."""


class BodyParts(NamedTuple):
    """Which of its large columns a response is read with, and how many characters of each."""

    html: bool = True
    text: bool = True
    most: int | None = None
    """None for the whole HTML and text."""

    @property
    def most_characters(self) -> int | None:
        """A number that each database can cut by: no text has more characters."""
        return None if self.most is None else min(self.most, LONGEST_TEXT)

    def select(self) -> str:
        """The SELECT of responses. It needs `:most_characters` where `most` is a number."""
        is_cut = self.most is not None
        html, text = (
            f"substr({column}, 1, :most_characters)" if is_cut else column
            for column in ("r.html", _TEXT)
        )
        return _SELECT.format(
            html=html if self.html else "NULL",
            text=text if self.text else "NULL",
            text_chars=f"length({_TEXT})" if is_cut and self.text else "NULL",
        )


WHOLE = BodyParts()


def is_kept() -> str:
    """The response is not deleted."""
    return "r.deleted_at IS NULL"


def is_seen() -> str:
    """The response is not an internal note, or the caller sees notes."""
    return "(:sees_notes = 1 OR r.is_internal = 0)"


def is_of_ticket(value: str) -> str:
    return f"r.ticket_id = (SELECT id FROM ticket WHERE number = {value})"


def has_id(value: str) -> str:
    return f"r.id = {value}"


def is_internal(value: str) -> str:
    return f"r.is_internal = {value}"


def is_by_staff(value: str) -> str:
    return f"r.staff_response = {value}"


def is_by(value: str) -> str:
    """Written by the person with this folded address."""
    return f"r.author_id = (SELECT id FROM person WHERE email_key = {value})"


def has_attachments(value: str) -> str:
    return (
        "CASE WHEN EXISTS (SELECT 1 FROM attachment x WHERE x.response_id = r.id)"
        f" THEN 1 ELSE 0 END = {value}"
    )


def is_empty(value: str) -> str:
    """The response has no text; it may have files."""
    return f"CASE WHEN trim({_TEXT}) = '' THEN 1 ELSE 0 END = {value}"


def is_since(value: str) -> str:
    return f"r.created_at >= {value}"


def is_before(value: str) -> str:
    return f"r.created_at < {value}"


def list_thread(
    tx: Transaction, ticket_id: int, *, parts: BodyParts, sees_notes: bool, most: int
) -> tuple[Sequence[Row], bool]:
    """The responses of a ticket: pinned first, then as they were put on the ticket. At most `most`
    bytes of them, and whether these are all."""
    sql = (
        f"{parts.select()} WHERE r.ticket_id = :ticket_id AND {is_kept()} AND {is_seen()}"
        " ORDER BY r.is_pinned DESC, r.id"
    )
    values = {
        "ticket_id": ticket_id,
        "sees_notes": int(sees_notes),
        "most_characters": parts.most_characters,
    }
    return tx.few(sql, values, most=most)


def find_response(
    tx: Transaction, response_id: int, *, parts: BodyParts = WHOLE, sees_notes: bool = True
) -> Row | None:
    """A response that is not deleted, on a ticket that is not deleted."""
    sql = (
        f"{parts.select()} WHERE r.id = :id AND {is_kept()} AND t.deleted_at IS NULL"
        f" AND {is_seen()}"
    )
    values = {
        "id": response_id,
        "sees_notes": int(sees_notes),
        "most_characters": parts.most_characters,
    }
    return tx.one(sql, values)


def list_responses(
    tx: Transaction,
    conditions: Conditions,
    *,
    after: tuple[int, int] | None,
    limit: int,
    most: int,
    parts: BodyParts = WHOLE,
) -> tuple[Sequence[Row], bool]:
    """One page, and whether it has all rows that were asked for. `after` are the creation time and
    the id of the row before this page; a page has at most `most` bytes."""
    if after is not None:
        moment, last = conditions.bind(after[0]), conditions.bind(after[1])
        conditions.clauses.append(f"(r.created_at, r.id) > ({moment}, {last})")
    if settled := tx.settled_responses(conditions.bind):
        conditions.clauses.append(settled)
    rows = conditions.bind(limit)
    sql = f"{parts.select()} {conditions.where()} ORDER BY r.created_at, r.id LIMIT {rows}"
    return tx.few(sql, {**conditions.values, "most_characters": parts.most_characters}, most=most)


def count_responses(tx: Transaction, conditions: Conditions) -> int:
    row = tx.one(f"SELECT count(*) AS found {_COUNTED} {conditions.where()}", conditions.values)
    assert row is not None
    return int(row["found"])


def count_responses_by(tx: Transaction, conditions: Conditions, by: str) -> Sequence[Row]:
    """Each value of a column of GROUPED_BY, in order, with the number of its responses."""
    column = GROUPED_BY[by]
    return tx.all(
        f"SELECT {column} AS value, count(*) AS found {_COUNTED} {conditions.where()}"
        f" GROUP BY {column} ORDER BY {column}",
        conditions.values,
    )


def find_audit(tx: Transaction, response_id: int) -> str | None:
    """The changes recorded with a response, as JSON; None where there are none."""
    row = tx.one("SELECT audit FROM response WHERE id = :id", {"id": response_id})
    return None if row is None or row["audit"] is None else str(row["audit"])


def set_audit(tx: Transaction, response_id: int, audit: str) -> None:
    """Store the changes recorded with a response, as JSON."""
    tx.execute(
        "UPDATE response SET audit = :audit WHERE id = :id", {"id": response_id, "audit": audit}
    )


def mark_audit_only(tx: Transaction, response_id: int) -> None:
    """Let a response count as a record of changes alone."""
    tx.execute("UPDATE response SET is_audit_only = 1 WHERE id = :id", {"id": response_id})


def find_response_without_text(tx: Transaction, *, after: int) -> Row | None:
    """The first response behind an id whose plain text is not stored yet, with its HTML."""
    sql = "SELECT id, html FROM response WHERE text IS NULL AND id > :after ORDER BY id LIMIT 1"
    return tx.one(sql, {"after": after})


def set_response_text(tx: Transaction, response_id: int, text: str) -> None:
    tx.execute("UPDATE response SET text = :text WHERE id = :id", {"id": response_id, "text": text})
