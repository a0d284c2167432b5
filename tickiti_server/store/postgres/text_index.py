"""The index of texts: the trigrams of folded subjects and responses, by the extension pg_trgm.

Triggers keep the folded twins of the texts, so that nothing is ever left to index. A search for one
or two characters reads every text, because an index of trigrams does not have them.
"""

import json
import re
from collections.abc import Sequence

from tickiti_server.store.interface import Bind, IndexProgress, Parameters, Transaction

_LIKE_SIGNS = re.compile(r"[%_\\]")

_IN_SUBJECT = "SELECT id FROM ticket WHERE subject_key LIKE {value}"

_ANYWHERE = f"""
{_IN_SUBJECT} UNION ALL SELECT ticket_id AS id FROM response WHERE text_key LIKE {{value}}
"""

_COMMON = "SELECT DISTINCT id FROM ({least}) AS least (id) WHERE {every}"


class PostgresTextIndex:
    """The TextIndex of one transaction."""

    __slots__ = ("_tx",)

    tail = "SELECT id FROM ticket WHERE FALSE"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def progress(self) -> IndexProgress:
        return IndexProgress(1, 1, is_ready=True)

    def has_all_orders(self) -> bool:
        # Tells the search to read months and ids one by one, which helps SQLite's planner alone.
        return False

    def candidates(self, *, in_subject: bool, needles: Sequence[str], bind: Bind) -> str:
        source = _IN_SUBJECT if in_subject else _ANYWHERE
        each = [source.format(value=bind(_pattern(needle))) for needle in needles]
        first, *others = each
        if not others:
            return first
        others = [f"id IN ({other})" for other in others]
        return f"SELECT id FROM ({first}) AS first_found WHERE {' AND '.join(others)}"

    def nearest(
        self, *, in_subject: bool, needles: Sequence[str], begin: int | None, falls: bool, most: int
    ) -> Sequence[int] | None:
        del in_subject, needles, begin, falls, most  # trigrams have no order
        return None

    def common(self, least: str, others: Sequence[str], values: Parameters) -> Sequence[int]:
        every = " AND ".join(f"id IN ({other})" for other in others)
        rows = self._tx.all(_COMMON.format(least=least, every=every), values)
        return [row["id"] for row in rows]

    def listed(self, ids: Sequence[int], *, bind: Bind) -> str:
        value = bind(json.dumps([str(each) for each in ids]))
        return f"SELECT CAST(unnest(texts_of({value})) AS BIGINT) AS id"


def _pattern(needle: str) -> str:
    """The pattern of LIKE that a text matches if it contains the needle."""
    return "%" + _LIKE_SIGNS.sub(r"\\\g<0>", needle) + "%"
