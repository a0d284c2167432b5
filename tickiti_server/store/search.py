"""Finding tickets: criteria become conditions, pages follow each other by key."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field

from tickiti_server.folding import folded
from tickiti_server.store.database import Row, Transaction

NOBODY = "nobody"
"""In place of an address: assigned to no one."""

_FOUND = """
SELECT t.id{keys}
  FROM ticket t
  LEFT JOIN queue q ON q.id = t.queue_id
  LEFT JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
{where}
 ORDER BY {order} LIMIT {limit}
"""
"""LEFT, because what no condition and no key names is then not even looked at."""

_PAGE = """
SELECT t.id, t.number, t.subject, t.status, t.priority, t.queue_id, q.name AS queue_name,
       o.email AS originator_email, a.email AS assigned_to_email, t.on_hold_until, t.created_at,
       t.updated_at, (SELECT count(*) FROM response r WHERE r.ticket_id = t.id) AS response_count,
       found.*
  FROM ({found}) AS found
  JOIN ticket t ON t.id = found.id
  JOIN queue q ON q.id = t.queue_id
  JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
 ORDER BY {order}
"""
"""What a row shows is read for the rows of the page alone, not for all that had to be sorted."""


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a list is sorted by: SQL that is never NULL, and what its values are."""

    sql: str
    kind: type[int] | type[str] = int
    is_falling: bool = False


BY_ACTIVITY = (Key("t.updated_at", is_falling=True), Key("t.id", is_falling=True))
"""Newest activity first."""

BY_NUMBER = (Key("t.number"),)
"""Ascending, so that what is added comes last."""

SORTED_BY: Mapping[str, Key] = {
    "ticket_number": Key("t.number"),
    "subject": Key("folded(t.subject)", str),
    "status": Key("t.status", str),
    "priority": Key("t.priority"),
    "queue": Key("q.name_key", str),
    "assigned": Key("coalesce(a.email_key, '')", str),
    "raised": Key("o.email_key", str),
    "on_hold_until": Key("coalesce(t.on_hold_until, '')", str),
    "created_at": Key("t.created_at"),
    "updated_at": Key("t.updated_at"),
}


@dataclass(slots=True)
class Conditions:
    """Conditions that must all hold; values are bound, never spelled into the SQL."""

    seen_by: InitVar[int]
    """Whose personal watchlists are there."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)

    def __post_init__(self, seen_by: int) -> None:
        self.values["seen_by"] = seen_by

    def bind(self, value: object) -> str:
        """The placeholder for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def any_of(self, clause: Callable[[str], str], values: Sequence[object]) -> None:
        """One of the values must fulfil the clause."""
        alternatives = [clause(self.bind(value)) for value in values]
        self.clauses.append(f"({' OR '.join(alternatives)})")

    def none_of(self, clause: Callable[[str], str], values: Sequence[object]) -> None:
        """None of the values may; where there is nothing to compare, none does."""
        for value in values:
            self.clauses.append(f"(({clause(self.bind(value))}) IS NOT TRUE)")


def subject_holds(value: str) -> str:
    return f"holds(t.subject, {value})"


def content_holds(value: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM response r WHERE r.ticket_id = t.id"
        f" AND holds(coalesce(r.text, plain_text(r.html)), {value}))"
    )


def subject_or_content_holds(value: str) -> str:
    return f"{subject_holds(value)} OR {content_holds(value)}"


def subject_is(value: str) -> str:
    return f"folded(t.subject) = {value}"


def is_assigned_to(value: str) -> str:
    """NOBODY is no address."""
    return (
        f"t.assigned_to = (SELECT id FROM person WHERE email_key = {value})"
        f" OR (t.assigned_to IS NULL AND {value} = '{NOBODY}')"
    )


def assignee_holds(value: str) -> str:
    return f"holds(a.email, {value})"


def originator_holds(value: str) -> str:
    return f"holds(o.email, {value})"


def queue_holds(value: str) -> str:
    return f"holds(q.name, {value})"


def is_raised_by(value: str) -> str:
    return f"t.originator_id = (SELECT id FROM person WHERE email_key = {value})"


def has_participant(value: str) -> str:
    return (
        f"{is_raised_by(value)} OR EXISTS (SELECT 1 FROM participant x JOIN person p"
        f" ON p.id = x.person_id WHERE x.ticket_id = t.id AND p.email_key = {value})"
    )


def is_in_queue(value: str) -> str:
    """There is one at most, so that ticket_queue_status gives its tickets in order."""
    return f"t.queue_id = (SELECT id FROM queue WHERE name_key = {value})"


def has_hashtag(value: str) -> str:
    return f"t.id IN (SELECT ticket_id FROM hashtag WHERE tag_key = {value})"


def is_watched_on(value: str) -> str:
    """On a watchlist that the person `:seen_by` sees."""
    return (
        "t.id IN (SELECT x.ticket_id FROM watchlist w JOIN watchlist_ticket x"
        f" ON x.watchlist_id = w.id WHERE w.id = {value}"
        " AND (w.shared OR w.owner_id = :seen_by))"
    )


def equals(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} = {value}"


def at_least(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} >= {value}"


def before(column: str) -> Callable[[str], str]:
    return lambda value: f"t.{column} < {value}"


def needles(texts: Iterable[str]) -> str:
    """Texts as `holds` takes them: one of them must be there."""
    return json.dumps([folded(text) for text in texts], ensure_ascii=False)


def key_values(row: Row, order: Sequence[Key]) -> list[int | str]:
    """Where a row stands in the order it was read in."""
    return [row[f"key_{place}"] for place in range(len(order))]


def page(
    tx: Transaction,
    conditions: Conditions,
    *,
    order: Sequence[Key],
    after: Sequence[int | str] | None,
    limit: int,
) -> Sequence[Row]:
    """Rows in an order whose last key is unique; `after` are the key values of the row before."""
    if after is not None:
        conditions.clauses.append(_is_behind(order, [conditions.bind(value) for value in after]))
    names = [f"key_{place}" for place in range(len(order))]
    found = _FOUND.format(
        keys="".join(f", {key.sql} AS {name}" for key, name in zip(order, names, strict=True)),
        where=f" WHERE {' AND '.join(conditions.clauses)}" if conditions.clauses else "",
        order=_sorted(order, [key.sql for key in order]),
        limit=conditions.bind(limit),
    )
    sql = _PAGE.format(found=found, order=_sorted(order, names))
    return tx.all(sql, conditions.values)


def _sorted(order: Sequence[Key], names: Sequence[str]) -> str:
    directions = (" DESC" if key.is_falling else "" for key in order)
    return ", ".join(f"{name}{way}" for name, way in zip(names, directions, strict=True))


def _is_behind(order: Sequence[Key], values: Sequence[str]) -> str:
    """Whether a row comes after the one with these values."""
    if len({key.is_falling for key in order}) == 1:
        # One comparison of rows, which an index understands.
        sign = "<" if order[0].is_falling else ">"
        return f"({', '.join(key.sql for key in order)}) {sign} ({', '.join(values)})"
    alternatives = []
    for place, (key, value) in enumerate(zip(order, values, strict=True)):
        same = [f"{order[i].sql} = {values[i]}" for i in range(place)]
        sign = "<" if key.is_falling else ">"
        alternatives.append(" AND ".join([*same, f"{key.sql} {sign} {value}"]))
    return f"({' OR '.join(alternatives)})"
