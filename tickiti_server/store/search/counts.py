"""Counts of the tickets of a search: exact where that is cheap, and lower bounds elsewhere."""

from typing import NamedTuple

from tickiti_server.store.interface import Transaction
from tickiti_server.store.search.conditions import Conditions, where
from tickiti_server.store.search.plans import Plan, choose
from tickiti_server.store.search.tickets import ALL, JOINS, TICKETS, compared

MOST_LISTED = 20_000
"""Tickets of the list that are read to count matches."""

MOST_CREATED = 12_000
"""Tickets of a range of creation that are read to count matches."""

MOST_DELETED = 2_000
"""Deleted tickets that are left out of a count in an index."""

MOST_CHECKED = 500
"""Tickets whose texts are read to count matches: some ten milliseconds."""

_COUNT_SORTED = f"""
SELECT count(*) AS seen, count(CASE WHEN {{checks}} THEN 1 END) AS found FROM (
    SELECT t.id, t.subject, t.subject_key FROM {{tickets}} AS t {JOINS} {{where}} LIMIT {{limit}}
) AS t
"""

_COUNT_WALKED = f"""
SELECT count(*) AS found FROM (
    SELECT t.id {TICKETS} {{where}} ORDER BY t.updated_at DESC, t.id DESC LIMIT {{limit}}
) AS counted
"""

_COUNT_EXACT = """
WITH one (id) AS ({source})
SELECT count(*) AS found FROM (
    SELECT 1 FROM one
     WHERE id NOT IN (SELECT id FROM ticket WHERE deleted_at IS NOT NULL) LIMIT {limit}
) AS counted
"""

_DELETED = """
SELECT count(*) AS found FROM (
    SELECT 1 FROM ticket WHERE deleted_at IS NOT NULL LIMIT :most
) AS deleted
"""

_LAST_LISTED = """
SELECT t.updated_at FROM ticket t {where} ORDER BY t.updated_at DESC LIMIT 1 OFFSET {most}
"""


class Count(NamedTuple):
    """How many tickets there are: exactly, or at least so many."""

    found: int
    is_exact: bool


def count_tickets(
    tx: Transaction,
    conditions: Conditions,
    *,
    most: int,
    plan: Plan | None = None,
    listed_to: int | None = None,
) -> Count:
    """How many tickets there are, counted up to `most` while that is cheap.

    `listed_to` is the activity of the last ticket of a page that begins with the newest. If the
    page goes further than the count would, no ticket is counted, because the page has them all.
    """
    limit = most + 1
    if (only := conditions.only_source()) and _are_deleted_few(tx):
        return _count_exactly(tx, conditions, only, most)
    plan = plan or choose(tx, conditions)
    if plan.counted is not None:
        found = _count_sorted(tx, conditions, most, source=plan.counted)
        return found._replace(is_exact=False) if plan.is_part else found
    if plan.months:
        return _count_created(tx, conditions, most)
    floor = _last_counted(tx, conditions, plan)
    if floor is not None and listed_to is not None and listed_to < floor:
        return Count(0, is_exact=False)
    # Of two ranges of a column SQLite reads the first: the floor is never below the other one.
    first = [] if floor is None else [f"t.updated_at >= {conditions.bind(floor)}"]
    clauses = [*first, *compared(conditions, plan), *conditions.checks]
    sql = _COUNT_WALKED.format(where=where(clauses), limit=conditions.bind(limit))
    row = tx.one(sql, conditions.values)
    assert row is not None
    return _counted(int(row["found"]), is_exact=floor is None, most=most)


def _are_deleted_few(tx: Transaction) -> bool:
    row = tx.one(_DELETED, {"most": MOST_DELETED + 1})
    assert row is not None
    return bool(row["found"] <= MOST_DELETED)


def _count_exactly(tx: Transaction, conditions: Conditions, source: str, most: int) -> Count:
    """Count in the index of a condition, without reading the tickets."""
    sql = _COUNT_EXACT.format(source=source, limit=conditions.bind(most + 1))
    row = tx.one(sql, conditions.values)
    assert row is not None
    return _counted(int(row["found"]), is_exact=True, most=most)


def _count_sorted(
    tx: Transaction,
    conditions: Conditions,
    most: int,
    *,
    tickets: str = "ticket",
    source: str | None = None,
) -> Count:
    """Count in a table of tickets, or among those of a source."""
    limit = MOST_CHECKED if conditions.checks else ALL
    members = [] if source is None else [f"t.id IN ({source})"]
    sql = _COUNT_SORTED.format(
        tickets=tickets,
        checks=" AND ".join(conditions.checks) or "1 = 1",
        where=where([*members, *conditions.clauses]),
        limit=conditions.bind(limit),
    )
    row = tx.one(sql, conditions.values)
    assert row is not None
    return _counted(int(row["found"]), is_exact=row["seen"] < limit, most=most)


def _count_created(tx: Transaction, conditions: Conditions, most: int) -> Count:
    """Count among the first tickets of a range of creation, because the list begins with others."""
    created = " AND ".join(f"created_at {each}" for each in conditions.ranges["created_at"])
    sample = f"(SELECT * FROM ticket WHERE {created} LIMIT {MOST_CREATED})"
    return _count_sorted(tx, conditions, most, tickets=sample)._replace(is_exact=False)


def _last_counted(tx: Transaction, conditions: Conditions, plan: Plan) -> int | None:
    """The activity of the last of the first MOST_LISTED tickets of the list, or of the first ones
    of which MOST_CHECKED have texts to compare. None if these are all."""
    clauses = [f"t.updated_at {each}" for each in conditions.ranges.get("updated_at", ())]
    most = MOST_LISTED
    if conditions.checks:
        clauses, most = compared(conditions, plan), MOST_CHECKED
    row = tx.one(_LAST_LISTED.format(where=where(clauses), most=most), conditions.values)
    return None if row is None else int(row["updated_at"])


def _counted(found: int, *, is_exact: bool, most: int) -> Count:
    return Count(min(found, most), is_exact and found <= most)
