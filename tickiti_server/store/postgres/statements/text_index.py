"""The index of texts: the trigrams of folded subjects and responses, by the extension pg_trgm.

Triggers keep the folded twins of the texts, so that nothing is left to index once the two indexes
are there; after a move, or an upgrade, they are built beside the requests. The index knows words
alone: a search for one or two characters, or for signs, reads every text. Rule: a candidate
only may hold a text, and the search compares the text itself, so that a few words are enough.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import LiteralString

from tickiti_server.store.interface import (
    Bind,
    IndexProgress,
    Parameters,
    TextPart,
    Transaction,
)

MOST_NEEDLES = 3
MOST_WORDS = 3
"""Words of a needle that it is looked up by, the longest ones."""

MOST_LETTERS = 16
"""Letters of a word that it is looked up by: LIKE takes time in the product of both lengths."""

SURE = 4
"""An estimate of so many times what is counted is believed: the planner's are exact to a percent of
the table."""

CLEARLY = 1.5
"""The same of the values of a column, of which the planner keeps the frequencies."""

AT_LEAST = 2
"""A text whose count stops at the limit counts as this many times the limit, even if the planner
estimates fewer because its sample missed the text. No search then counts all of its matches."""

_WORD = re.compile(r"[^\W_]{3,}")
"""What pg_trgm makes trigrams of. LIKE has no special sign among these."""

_SUBJECT = "SELECT id FROM ticket WHERE {subject}"
_CONTENT = "SELECT ticket_id AS id FROM response WHERE {text}"
_SOURCES: Mapping[TextPart, str] = {
    "subject": _SUBJECT,
    "content": _CONTENT,
    "anywhere": f"{_SUBJECT} UNION ALL {_CONTENT}",
}

LEAST_SHARE = 0.03
"""Of all rows, of which a text is believed to be without a count. The planner compares it with a
hundred sampled texts: one that happens to hold a rare word would make a percent of it."""

INDEXES: Mapping[str, LiteralString] = {
    "ticket_subject_parts": "ticket USING gin (subject_key gin_trgm_ops)",
    "response_text_parts": "response USING gin (text_key gin_trgm_ops)",
}
"""Each index by its name, and what it is made on."""

BY_MONTH = "ticket_month"
"""The index by which the list is read month by month of creation. Any other order has an index of
its own from the first version on."""

_ALL_ROWS = """
SELECT sum(reltuples) AS rows
  FROM pg_class WHERE oid IN (to_regclass('ticket'), to_regclass('response'))
"""

_PROGRESS = f"""
SELECT count(*) AS built, coalesce((SELECT max(id) FROM ticket), 0) AS last_ticket
  FROM pg_index
 WHERE indisvalid AND indexrelid IN ({", ".join(f"to_regclass('{name}')" for name in INDEXES)})
"""

_HAS_MONTHS = f"""
SELECT indisvalid AS is_valid FROM pg_index WHERE indexrelid = to_regclass('{BY_MONTH}')
"""

MOST_WITHOUT = 50_000
"""Tickets of which a search reads every text while an index is missing: less than a second."""

_COUNT = """
SELECT count(*) AS found FROM (SELECT 1 FROM ({source}) AS one LIMIT :most_counted) AS counted
"""

_COMMON = "SELECT DISTINCT id FROM ({lists}) AS common (id) WHERE {every}"
"""A join of the lists would sort the larger ones. A text is joined, because the planner can compare
it with the tickets that the lists have in common, and need not read all that its index finds."""


class PostgresTextIndex:
    """The TextIndex of one transaction."""

    __slots__ = ("_tx",)

    tail = "SELECT id FROM ticket WHERE FALSE"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def progress(self) -> IndexProgress:
        row = self._tx.one(_PROGRESS)
        assert row is not None
        is_ready = row["built"] == len(INDEXES) or row["last_ticket"] <= MOST_WITHOUT
        return IndexProgress(int(row["built"]), len(INDEXES), is_ready=is_ready)

    def has_all_orders(self) -> bool:
        row = self._tx.one(_HAS_MONTHS)
        return row is not None and bool(row["is_valid"])

    def candidates(self, *, part: TextPart, needles: Sequence[str], bind: Bind) -> str:
        sources = [
            self._source(words, part=part, bind=bind)
            for words in sorted(map(_words, needles), key=_letters, reverse=True)[:MOST_NEEDLES]
            if words
        ]
        if not sources:
            return "SELECT id FROM ticket"
        first, *others = sources
        every = [f"id IN ({other})" for other in others] or ["TRUE"]
        return f"SELECT id FROM ({first}) AS first_found WHERE {' AND '.join(every)}"

    def _source(self, words: Sequence[str], *, part: TextPart, bind: Bind) -> str:
        """SQL of the tickets of which one text has all these words."""
        patterns = [bind(f"%{word}%") for word in words]
        subject, text = (
            " AND ".join(f"{column} LIKE {pattern}" for pattern in patterns)
            for column in ("subject_key", "text_key")
        )
        return _SOURCES[part].format(subject=subject, text=text)

    def count(self, candidates: str, values: Parameters, *, most: int) -> int:
        estimate = self._estimate(candidates, values)
        if estimate > SURE * most and estimate > LEAST_SHARE * self._rows():
            return estimate
        sql = _COUNT.format(source=candidates)
        row = self._tx.one(sql, {**values, "most_counted": most + 1})
        assert row is not None
        return int(row["found"] if row["found"] <= most else max(estimate, AT_LEAST * most))

    def is_surely_more(self, source: str, values: Parameters, *, most: int) -> bool:
        return self._estimate(source, values) > CLEARLY * most

    def _estimate(self, candidates: str, values: Parameters) -> int:
        """The planner's, by its statistics: to count to the end reads every text that is found."""
        row = self._tx.one(f"EXPLAIN (FORMAT JSON) {candidates}", values)
        assert row is not None
        return int(row["QUERY PLAN"][0]["Plan"]["Plan Rows"])

    def _rows(self) -> float:
        """About how many tickets and responses there are."""
        row = self._tx.one(_ALL_ROWS)
        return float(row["rows"]) if row is not None else 0.0

    @property
    def gives_members(self) -> bool:
        # Each candidate is a row that is read: ten times as long as a text of the list.
        return False

    def nearest(
        self, *, part: TextPart, needles: Sequence[str], begin: int | None, falls: bool, most: int
    ) -> Sequence[int] | None:
        del part, needles, begin, falls, most  # trigrams have no order
        return None

    def common(
        self, least: str, others: Sequence[str], values: Parameters, *, texts: Sequence[str]
    ) -> Sequence[int]:
        lists = " INTERSECT ".join(f"({each})" for each in (least, *others))
        every = " AND ".join(f"id IN ({text})" for text in texts) or "TRUE"
        rows = self._tx.all(_COMMON.format(lists=lists, every=every), values)
        return [row["id"] for row in rows]

    def listed(self, ids: Sequence[int], *, bind: Bind) -> str:
        value = bind(json.dumps([str(each) for each in ids]))
        return f"SELECT CAST(unnest(texts_of({value})) AS BIGINT) AS id"


def _words(needle: str) -> Sequence[str]:
    """The longest words of a needle, the last of which may go on in the text."""
    found = sorted(set(_WORD.findall(needle)), key=len, reverse=True)
    return [word[:MOST_LETTERS] for word in found[:MOST_WORDS]]


def _letters(words: Sequence[str]) -> int:
    return sum(map(len, words))
