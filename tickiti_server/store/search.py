"""Finding tickets: criteria become conditions, pages follow each other by key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tickiti_server.store.database import Row, Transaction

_SELECT = """
SELECT t.id, t.number, t.subject, t.status, t.priority, t.queue_id, q.name AS queue_name,
       o.email AS originator_email, a.email AS assigned_to_email, t.on_hold_until, t.created_at,
       t.updated_at, (SELECT count(*) FROM response r WHERE r.ticket_id = t.id) AS response_count
  FROM ticket t
  JOIN queue q ON q.id = t.queue_id
  JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
"""


@dataclass(slots=True)
class Conditions:
    """Conditions that must all hold; values are bound, never spelled into the SQL."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """The placeholder for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def any_of(self, clause: Callable[[str], str], values: Sequence[object]) -> None:
        """One of the values must fulfil the clause."""
        alternatives = [clause(self.bind(value)) for value in values]
        self.clauses.append(f"({' OR '.join(alternatives)})")


def subject_holds(value: str) -> str:
    return f"lower(t.subject) LIKE {value} ESCAPE '\\'"


def content_holds(value: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM response r WHERE r.ticket_id = t.id"
        f" AND lower(r.html) LIKE {value} ESCAPE '\\')"
    )


def subject_or_content_holds(value: str) -> str:
    return f"{subject_holds(value)} OR {content_holds(value)}"


def is_assigned_to(value: str) -> str:
    return f"t.assigned_to IN (SELECT id FROM person WHERE email_key = {value})"


def is_raised_by(value: str) -> str:
    return f"t.originator_id IN (SELECT id FROM person WHERE email_key = {value})"


def has_participant(value: str) -> str:
    return (
        f"{is_raised_by(value)} OR EXISTS (SELECT 1 FROM participant x JOIN person p"
        f" ON p.id = x.person_id WHERE x.ticket_id = t.id AND p.email_key = {value})"
    )


def is_in_queue(value: str) -> str:
    return f"t.queue_id IN (SELECT id FROM queue WHERE name_key = {value})"


def equals(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} = {value}"


def at_least(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} >= {value}"


def before(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} < {value}"


def pattern(text: str) -> str:
    """A LIKE pattern for a substring; the text's own wildcards mean themselves."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def by_activity(
    tx: Transaction, conditions: Conditions, *, after: tuple[int, int] | None, limit: int
) -> Sequence[Row]:
    """Newest activity first; `after` is the (updated_at, id) of the row before this page."""
    if after is not None:
        moment, last = conditions.bind(after[0]), conditions.bind(after[1])
        conditions.clauses.append(f"(t.updated_at, t.id) < ({moment}, {last})")
    return _page(tx, conditions, order="t.updated_at DESC, t.id DESC", limit=limit)


def by_number(
    tx: Transaction, conditions: Conditions, *, after: int | None, limit: int
) -> Sequence[Row]:
    """Ascending numbers; `after` is the number of the row before this page."""
    if after is not None:
        conditions.clauses.append(f"t.number > {conditions.bind(after)}")
    return _page(tx, conditions, order="t.number", limit=limit)


def _page(tx: Transaction, conditions: Conditions, *, order: str, limit: int) -> Sequence[Row]:
    where = f" WHERE {' AND '.join(conditions.clauses)}" if conditions.clauses else ""
    sql = f"{_SELECT}{where} ORDER BY {order} LIMIT {conditions.bind(limit)}"
    return tx.all(sql, conditions.values)
