"""Chooses what a search reads: the tickets of one source, or the list of tickets in its order.

A source of few tickets is read as a whole and sorted. Sources that have few tickets in common are
intersected first. If all have many in common, a page is soon full of matches in the order of the
list. Sources are counted up to a limit, because SQLite keeps no statistics.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store.interface import Transaction
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.near_hits import near_hits
from tickiti_server.store.search.orders import BY_ACTIVITY, MONTH, Key

MOST_SORTED = 3_000
"""Tickets of a source that are read and sorted."""

MOST_COUNTED = 5_000
"""Tickets of a source that are read to count matches, but for those whose texts are read."""

SHARE = 10
"""Only a source of at most a tenth of all tickets is read: else a page of the list is soon full."""

FEW = 100
"""Tickets that are read anyway."""

ALL = 1_000_000_000

FEW_COMPARED = 200
"""Tickets of a source that are compared with all conditions at once: some two milliseconds."""

MOST_JOINED = 50_000
"""Tickets of a source that is intersected with others."""

MOST_MEMBERS = 60_000
"""The same of a text, because to compare texts takes longer."""

_COUNT = "SELECT count(*) AS found FROM (SELECT 1 FROM ({source}) AS one LIMIT {most}) AS counted"

_CREATED = """
SELECT (SELECT min(created_at) FROM ticket) AS first,
       (SELECT count(*) FROM (SELECT 1 FROM ticket WHERE created_at >= :end LIMIT :most) AS after)
           AS later
"""

MOST_MONTHS = 300
"""Months that are read one by one; SQLite takes 500 SELECTs in one."""

MOST_COMPARED_MONTHS = 12
"""The same where texts are compared of all tickets that meet the other conditions."""


class Plan(NamedTuple):
    """What a search reads."""

    source: str | None = None
    """The tickets to sort. None: the list in its order."""

    counted: str | None = None
    """The tickets of which all matches are counted. None: those of the list."""

    members: str | None = None
    """A clause that every match meets, and few others."""

    known: str | None = None
    """A condition that `members` says as well: it is not compared."""

    months: Sequence[int] = ()
    """Months of creation that every match is in. The list begins with many tickets of others."""

    is_part: bool = False
    """Whether `counted` has only some of the matches."""


class _Source(NamedTuple):
    """SQL of ids, and how many these are: ALL if they are more than matters."""

    sql: str
    found: int
    is_text: bool = False


def choose(
    tx: Transaction,
    conditions: Conditions,
    *,
    order: Sequence[Key] = BY_ACTIVITY,
    after: Sequence[int | str] | None = None,
) -> Plan:
    """Choose what a page of this order reads. `after` is as in list_tickets.

    Raises Overloaded if a search needs the index of texts while that is built.
    """
    sources = _columns(tx, conditions)
    if conditions.texts and not tx.text_index.progress().is_ready:
        return _without_index(tx, sources)
    if not _is_little(sources):
        sources += _texts(tx, conditions)
    if not sources:
        return Plan()
    most = min(MOST_MEMBERS, max(FEW, _last_id(tx) // SHARE))
    small = sorted((each for each in sources if each.found <= most), key=lambda each: each.found)
    if small and small[0].found <= min(most, FEW_COMPARED if small[1:] else MOST_SORTED):
        return Plan(small[0].sql, small[0].sql)
    if small[1:]:
        return _joined(tx, conditions, small)
    return _listed(tx, conditions, small, order, after)


def _columns(tx: Transaction, conditions: Conditions) -> list[_Source]:
    """The sources of conditions on columns, counted as far as it matters."""
    found: list[_Source] = []
    sources, by_value = conditions.all_sources(), conditions.sources_by_value()
    is_alone = len(sources) + len(conditions.texts) == 1
    for source in sources:
        if is_alone:
            count = _count(tx, source, conditions, MOST_COUNTED)
        elif source in by_value and tx.text_index.is_surely_more(
            source, conditions.values, most=MOST_JOINED
        ):
            count = ALL
        else:
            count = _count(tx, source, conditions, MOST_JOINED)
        found.append(_Source(source, count))
        if _is_little(found):
            break
    return found


def _texts(tx: Transaction, conditions: Conditions) -> list[_Source]:
    """The sources of conditions on texts. What is not counted to its end is estimated."""
    found: list[_Source] = []
    for text in conditions.texts:
        source, counted = (sql(tx, conditions.bind) for sql in (text.sql, text.counted))
        count = tx.text_index.count(counted, conditions.values, most=MOST_SORTED)
        found.append(_Source(source, count, is_text=True))
    return found


def _is_little(sources: Sequence[_Source]) -> bool:
    """Whether a source is so small that no other one matters."""
    return any(source.found <= FEW_COMPARED for source in sources)


def _joined(tx: Transaction, conditions: Conditions, sources: Sequence[_Source]) -> Plan:
    """A plan by the tickets that several sources have in common."""
    least, *others = sources
    common = tx.text_index.common(
        least.sql,
        [other.sql for other in others if not other.is_text],
        conditions.values,
        texts=[other.sql for other in others if other.is_text],
    )
    source = tx.text_index.listed(common, bind=conditions.bind)
    if len(common) <= min(MOST_SORTED, max(FEW, _last_id(tx) // SHARE)):
        return Plan(source, source)
    is_counted = conditions.checks or len(common) <= MOST_COUNTED
    members = f"+t.id IN ({source})"
    months = _months(tx, conditions)
    return Plan(None, source if is_counted else None, members, months=months)


def _listed(
    tx: Transaction,
    conditions: Conditions,
    small: Sequence[_Source],
    order: Sequence[Key],
    after: Sequence[int | str] | None,
) -> Plan:
    """A plan that reads the list, of which few texts are compared."""
    counted = next((each.sql for each in small if each.found <= MOST_COUNTED), None)
    months = _months(tx, conditions)
    near = near_hits(tx, conditions, order, after)
    if near is not None:
        return Plan(None, near.source, near.clause, months=months, is_part=not near.is_all)
    for each in small:
        if each.is_text and tx.text_index.gives_members:
            return Plan(None, each.sql, f"+t.id IN ({each.sql})", months=months)
    if conditions.checks and len(months) > MOST_COMPARED_MONTHS:
        months = ()
    return Plan(None, counted, *_looked_up(tx, conditions, small), months)


def _looked_up(
    tx: Transaction, conditions: Conditions, small: Sequence[_Source]
) -> tuple[str | None, str | None]:
    """A clause of the tickets of a source, and the condition that it stands for.

    The planner of a database with LATERAL would join the source anew with each month or person. A
    subquery that IS TRUE keeps out of joins is read and hashed once. The limit, which no source
    here reaches, bounds the planner's estimate, so that the hash always fits into its memory.
    """
    for each in small if tx.has_lateral else ():
        if known := conditions.looked_up.get(each.sql):
            most = max(MOST_COUNTED, MOST_JOINED)
            few = f"SELECT id FROM ({each.sql}) AS few (id) LIMIT {most}"
            return f"(t.id IN ({few})) IS TRUE", known
    return None, None


def _months(tx: Transaction, conditions: Conditions) -> Sequence[int]:
    """The months of a range of creation that ends long ago; none where the list may be read. Each
    month is read for a whole page."""
    ends = conditions.bounds("created_at", "<")
    if not ends or not tx.text_index.has_all_orders():
        return ()
    row = tx.one(_CREATED, {"end": min(ends), "most": MOST_COUNTED + 1})
    assert row is not None
    if row["later"] <= MOST_COUNTED or row["first"] is None:
        return ()
    first = max([row["first"], *conditions.bounds("created_at", ">=")])
    months = range(first // MONTH, (min(ends) - 1) // MONTH + 1)
    return months if len(months) <= MOST_MONTHS else ()


def _last_id(tx: Transaction) -> int:
    row = tx.one("SELECT max(id) AS last FROM ticket")
    assert row is not None
    return row["last"] or 0


def _count(tx: Transaction, source: str, conditions: Conditions, most: int) -> int:
    """The number of ids of a source, or ALL if it has more than `most`."""
    limit = conditions.bind(most + 1)
    row = tx.one(_COUNT.format(source=source, most=limit), conditions.values)
    assert row is not None
    return ALL if row["found"] > most else row["found"]


def _without_index(tx: Transaction, sources: Sequence[_Source]) -> Plan:
    least = min(sources, key=lambda source: source.found, default=None)
    if least is not None and least.found <= MOST_COUNTED:
        return Plan(least.sql, least.sql)
    progress = tx.text_index.progress()
    raise Overloaded(
        f"The index of texts is being built: {progress.percent} % of it is done. Until then a "
        "search for a text needs a condition that few tickets meet, such as a day or a person.",
        retry_after=30,
    )
