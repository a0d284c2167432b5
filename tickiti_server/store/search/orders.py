"""The orders of a list of tickets: sort keys, the last of which is unique."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Branch:
    """Some of the tickets, which an index returns in the order of a sort key."""

    sql: str
    """The sort key of these tickets."""

    clause: str
    """The condition that these tickets meet and all others do not."""

    tables: str = "ticket t"
    """A CROSS JOIN keeps SQLite from beginning with the tickets, which it would have to sort."""


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key: SQL that is never NULL, and the type of its values."""

    sql: str
    kind: type[int] | type[str] = int
    is_falling: bool = False
    branches: Sequence[Branch] = ()
    """All tickets, where no index has the order of `sql` itself."""


BY_ACTIVITY = (Key("t.updated_at", is_falling=True), Key("t.id", is_falling=True))
"""Newest activity first."""

BY_NUMBER = (Key("t.number"),)
"""Ascending, so that new tickets come last."""

MONTH = 30 * 86_400_000_000
"""Microseconds by which the creation of tickets is divided into months."""


def by_month(months: Sequence[int]) -> Key:
    """The first key of BY_ACTIVITY, for tickets of these months."""
    branches = [Branch("t.updated_at", f"t.created_at / {MONTH} = {month}") for month in months]
    return Key("t.updated_at", is_falling=True, branches=branches)


SORTED_BY: Mapping[str, Key] = {
    "ticket_number": Key("t.number"),
    "subject": Key(
        "folded(t.subject)",
        str,
        branches=(
            Branch("t.subject_key", "t.subject_key IS NOT NULL"),
            # What is not indexed yet.
            Branch("folded(t.subject)", "t.subject_key IS NULL"),
        ),
    ),
    "status": Key("t.status", str),
    "priority": Key("t.priority"),
    "queue": Key(
        "q.name_key",
        str,
        branches=(Branch("q.name_key", "t.queue_id = q.id", "queue q CROSS JOIN ticket t"),),
    ),
    "assigned": Key(
        "coalesce(a.email_key, '')",
        str,
        branches=(
            Branch("''", "+t.assigned_to IS NULL"),
            Branch("a.email_key", "t.assigned_to = a.id", "person a CROSS JOIN ticket t"),
        ),
    ),
    "raised": Key(
        "o.email_key",
        str,
        branches=(Branch("o.email_key", "t.originator_id = o.id", "person o CROSS JOIN ticket t"),),
    ),
    "on_hold_until": Key("coalesce(t.on_hold_until, '')", str),
    "created_at": Key("t.created_at"),
    "updated_at": Key("t.updated_at"),
}


def order_by(fields: Sequence[tuple[str, bool]]) -> Sequence[Key]:
    """The keys of these fields of SORTED_BY, each with whether it falls.

    The ticket's id is the last key, because rows that are alike in all fields need an order too.
    """
    keys = [replace(SORTED_BY[name], is_falling=falls) for name, falls in fields]
    return (*keys, Key("t.id", is_falling=keys[-1].is_falling))
