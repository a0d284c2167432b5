"""The hits of a frequent text near a page of the list.

New tickets have high ids, so that the first tickets of a list by activity, by creation or by number
have ids near each other. The hits of the index among these ids spare the other ones the comparison
of their texts; tickets outside of these ids, such as an old one with a new response, are compared.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_server.store.interface import Transaction
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import Key

MOST_NEAR = 3_000
"""Hits that are looked up: a millisecond or two."""

FOLLOWED_BY: Mapping[str, str] = {
    "t.updated_at": "created_at",
    "t.created_at": "created_at",
    "t.number": "number",
}
"""By the first key of an order that ids follow: the column whose values begin near a key's."""

_PLACE = """
SELECT id FROM ticket WHERE {column} <= :value ORDER BY {column} DESC LIMIT 1
"""


class Near(NamedTuple):
    """The hits that are near a page."""

    clause: str
    """Every match meets it, and few others among the next tickets of the order."""

    source: str
    """SQL of the hits, and of what is not indexed yet."""

    is_all: bool
    """Whether the source has every match."""


def near_hits(
    tx: Transaction,
    conditions: Conditions,
    order: Sequence[Key],
    after: Sequence[int | str] | None,
) -> Near | None:
    """The hits of the conditions' one text. `after` is as in list_tickets.

    None if ids do not follow the order, or if the index gives no hits in the order of ids.
    """
    column = FOLLOWED_BY.get(order[0].sql)
    groups = [(text.part, group) for text in conditions.texts for group in text.groups]
    if column is None or len(groups) != 1 or not tx.text_index.has_all_orders():
        return None
    falls, bind = order[0].is_falling, conditions.bind
    begin = _begin(tx, conditions, column, after, falls=falls)
    (part, needles), *_ = groups
    ids = tx.text_index.nearest(
        part=part, needles=needles, begin=begin, falls=falls, most=MOST_NEAR
    )
    if ids is None:
        return None
    is_cut = len(ids) == MOST_NEAR
    source = f"{tx.text_index.listed(ids, bind=bind)} UNION ALL {tx.text_index.tail}"
    before, behind = (">", "<") if falls else ("<", ">")
    clauses = [f"+t.id IN ({source})"]
    if begin is not None:
        clauses.append(f"+t.id {before} {bind(begin)}")
    if is_cut:
        clauses.append(f"+t.id {behind} {bind(ids[-1])}")
    return Near(f"({' OR '.join(clauses)})", source, is_all=begin is None and not is_cut)


def _begin(
    tx: Transaction,
    conditions: Conditions,
    column: str,
    after: Sequence[int | str] | None,
    *,
    falls: bool,
) -> int | None:
    """The id near the first ticket that the page may have. None: the first or last of all."""
    places = [] if after is None else [_place(tx, column, after[0])]
    if falls:
        ends = [*conditions.bounds("created_at", "<"), *conditions.bounds("updated_at", "<")]
        places += [_place(tx, "created_at", end) for end in ends]
    known = [place for place in places if place is not None]
    return (min if falls else max)(known, default=None)


def _place(tx: Transaction, column: str, value: int | str) -> int | None:
    """The last ticket, by its id, that has this value or a lower one."""
    row = tx.one(_PLACE.format(column=column), {"value": value})
    return None if row is None else row["id"]
