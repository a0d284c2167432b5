"""The orders of a list of tickets: sort keys, the last of which is unique."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of another table, in whose order the tickets of each row follow each other."""

    table: str
    id: str
    of: str
    """The column of the tickets that has the id of their row."""

    has_key: bool = True
    """Whether the sort key is a column of `table`, and not one of the tickets."""

    lateral_table: str = ""
    """What a database with LATERAL reads instead of `table`, if that has many rows in vain."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Some of the tickets, which an index returns in the order of a sort key."""

    sql: str
    """The sort key of these tickets."""

    clause: str
    """The condition that these tickets meet and all others do not."""

    groups: Groups | None = None
    """What the clause joins the tickets with, if it does."""


def _of_each(sql: str, groups: Groups) -> Branch:
    return Branch(sql, f"{groups.of} = {groups.id}", groups)


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key: SQL that is never NULL, and the type of its values."""

    sql: str
    kind: type[int] | type[str] = int
    is_falling: bool = False
    branches: Sequence[Branch] = ()
    """All tickets, where no index has the order of `sql` itself."""


_ASSIGNEES = """
(WITH RECURSIVE one (id) AS (
    SELECT min(assigned_to) FROM ticket
    UNION ALL
    SELECT (SELECT min(assigned_to) FROM ticket WHERE assigned_to > one.id)
      FROM one WHERE one.id IS NOT NULL
 ) SELECT p.id, p.email_key FROM one JOIN person p ON p.id = one.id) AS a
"""
"""Everybody who has tickets, found one by one in their index: most people are customers."""

BY_ACTIVITY = (Key("t.updated_at", is_falling=True), Key("t.id", is_falling=True))
"""Newest activity first."""

BY_NUMBER = (Key("t.number"),)
"""Ascending, so that new tickets come last."""

MONTH = 30 * 86_400_000_000
"""Microseconds by which the creation of tickets is divided into months."""


def by_month(months: Sequence[int], *, has_lateral: bool) -> Key:
    """The first key of BY_ACTIVITY, for tickets of these months, which follow each other."""
    of = f"t.created_at / {MONTH}"
    if not has_lateral:
        branches = [Branch("t.updated_at", f"{of} = {month}") for month in months]
    else:
        every = f"generate_series({months[0]}, {months[-1]}) AS m (month)"
        groups = Groups(every, "m.month", f"({of})", has_key=False)
        branches = [_of_each("t.updated_at", groups)]
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
        branches=(_of_each("q.name_key", Groups("queue q", "q.id", "t.queue_id")),),
    ),
    "assigned": Key(
        "coalesce(a.email_key, '')",
        str,
        branches=(
            Branch("''", "+t.assigned_to IS NULL"),
            _of_each(
                "a.email_key",
                Groups("person a", "a.id", "t.assigned_to", lateral_table=_ASSIGNEES),
            ),
        ),
    ),
    "raised": Key(
        "o.email_key",
        str,
        branches=(_of_each("o.email_key", Groups("person o", "o.id", "t.originator_id")),),
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
