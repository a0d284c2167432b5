"""Chooses what a search reads: the tickets of one source, or the list of tickets in its order.

A source of few tickets is read as a whole and sorted. If every source has many, a page is soon full
of matches in the order of the list. Sources are counted up to a limit, because the database keeps
no statistics.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store.interface import Transaction
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import MONTH

MOST_SORTED = 3_000
"""Tickets of a source that are read and sorted, if they are at most a tenth of all."""

MOST_COUNTED = 5_000
"""The most tickets of a source that are read to count matches, except tickets whose texts are
read."""

FEW = 100
"""A source of at most this many tickets is always sorted."""

MOST_MEMBERS = 30_000
"""Candidates of the index of texts that are kept as a set. Tickets of the list that are not in it
need no comparison of their texts."""

_COUNT = "SELECT count(*) AS found FROM (SELECT 1 FROM ({source}) AS one LIMIT {most}) AS counted"

_CREATED = """
SELECT (SELECT min(created_at) FROM ticket) AS first,
       (SELECT count(*) FROM (SELECT 1 FROM ticket WHERE created_at >= :end LIMIT :most) AS after)
           AS later
"""

MOST_MONTHS = 300
"""Months that are read one by one; SQLite takes 500 SELECTs in one."""


class Plan(NamedTuple):
    """The rows that a search reads."""

    source: str | None = None
    """The tickets to sort. None for the list in its order."""

    counted: str | None = None
    """The tickets of which all matches are counted. None for the tickets of the list."""

    members: str | None = None
    """A set that every match is in."""

    months: Sequence[int] = ()
    """Months of creation that every match is in. The list begins with many tickets of others."""


def choose(tx: Transaction, conditions: Conditions) -> Plan:
    """Raises Overloaded if a search needs the index of texts while that is built."""
    if not conditions.all_sources() and not conditions.texts:
        return Plan()
    most_sorted = _most_sorted(tx)
    best, fewest = None, MOST_COUNTED + 1
    for source in conditions.all_sources():
        found = _count(tx, source, conditions, fewest)
        if found < fewest:
            best, fewest = source, found
    chosen = best if fewest <= most_sorted else None
    if not conditions.texts:
        months = () if chosen else _months(tx, conditions)
        return Plan(chosen, best, months=months)
    if not tx.text_index.progress().is_ready:
        return _without_index(tx, best)
    members, most = None, fewest if chosen else MOST_MEMBERS + 1
    for text in conditions.texts:
        source = text.sql(tx, conditions.bind)
        found = _count(tx, source, conditions, most)
        if found < most:
            members, most = source, found
    if members is not None and most <= most_sorted:
        return Plan(members, members)
    return Plan(chosen, chosen) if chosen else Plan(counted=members, members=members)


def _months(tx: Transaction, conditions: Conditions) -> Sequence[int]:
    """The months of a range of creation that ends long ago; none where the list may be read. Each
    month is read for a whole page, so that no texts may be compared."""
    ends = conditions.bounds("created_at", "<")
    if not ends or conditions.checks or not tx.text_index.has_all_orders():
        return ()
    row = tx.one(_CREATED, {"end": min(ends), "most": MOST_COUNTED + 1})
    assert row is not None
    if row["later"] <= MOST_COUNTED or row["first"] is None:
        return ()
    first = max([row["first"], *conditions.bounds("created_at", ">=")])
    months = range(first // MONTH, (min(ends) - 1) // MONTH + 1)
    return months if len(months) <= MOST_MONTHS else ()


def _most_sorted(tx: Transaction) -> int:
    row = tx.one("SELECT max(id) AS last FROM ticket")
    assert row is not None
    return min(MOST_SORTED, max(FEW, (row["last"] or 0) // 10))


def _count(tx: Transaction, source: str, conditions: Conditions, most: int) -> int:
    most_of_it = conditions.bind(most)
    row = tx.one(_COUNT.format(source=source, most=most_of_it), conditions.values)
    assert row is not None
    return int(row["found"])


def _without_index(tx: Transaction, best: str | None) -> Plan:
    if best is not None:
        return Plan(best, best)
    progress = tx.text_index.progress()
    raise Overloaded(
        f"The index of texts is being built: {progress.percent} % of it is done. Until then a "
        "search for a text needs a condition that few tickets meet, such as a day or a person.",
        retry_after=30,
    )
