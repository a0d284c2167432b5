"""The index of texts: FTS5 with three characters in a row as its words.

Rule: a candidate is only a ticket that may hold a text, and the search compares the text itself. So
an entry too many does no harm: none is ever removed, because FTS5 without the texts cannot tell
whose other texts need it. The tail, which is not indexed yet, is among the candidates.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickiti_server.store.interface import (
    Bind,
    IndexProgress,
    Parameters,
    TextPart,
    Transaction,
)
from tickiti_server.store.sqlite.indexing.row_indexes import has_all_indexes

MOST_TAIL = 4_000
"""Tickets and responses that a search may read without the index: some ten milliseconds."""

MOST_GRAMS = 32
"""Words of the index that one text is looked up by."""

LEAST_GRAMS = 3

SAMPLE = 200
"""Tickets of a word of the index by which its share is estimated."""

GRAM = 3
_LAST = "\U0010ffff"

_UNKNOWN = ("\0", "\ufffe", "\uffff")
"""FTS5 stops at a NUL, and takes the others for the character U+FFFD."""

PROGRESS = """
SELECT p.ticket_id, p.response_id,
       coalesce((SELECT max(id) FROM ticket), 0) AS last_ticket,
       coalesce((SELECT max(id) FROM response), 0) AS last_response
  FROM search_progress p
"""

_SAMPLE = """
SELECT count(*) AS found, max(id) AS last
  FROM (SELECT rowid AS id FROM {table} WHERE {table} MATCH :query LIMIT :most) AS first_found
"""
"""The first tickets of a word of the index, by their ids."""

_COUNT = """
SELECT count(*) AS found, max(id) AS last, (SELECT max(id) FROM ticket) AS "all"
  FROM (SELECT id FROM ({source}) AS one LIMIT :most_counted) AS counted
"""
"""The index gives its tickets in the order of their ids, so that the last one tells the share."""

_TOGETHER = """
SELECT count(*) AS found FROM {table} WHERE {table} MATCH :query AND rowid <= :last
"""

_NEAREST = """
SELECT rowid AS id FROM {table} WHERE {table} MATCH :query AND rowid {sign} :id
 ORDER BY rowid{way} LIMIT :most
"""

_COMMON = """
WITH one (id) AS ({least}), least (id) AS (SELECT id FROM one LIMIT -1)
SELECT json_group_array(DISTINCT id) AS ids FROM least WHERE {every}
"""
"""As one row, because each row costs. The LIMIT keeps SQLite from looking up the ids of each part
of the least in the others of their own."""

MOST_ID = 2**63 - 1

_TAIL = """
SELECT id FROM ticket WHERE id > (SELECT ticket_id FROM search_progress)
 UNION ALL
SELECT ticket_id FROM response WHERE id > (SELECT response_id FROM search_progress)
 UNION ALL
SELECT ticket_id FROM search_change
"""


class _Sample(NamedTuple):
    """The first tickets of a word of the index."""

    found: int
    last: int
    """The id of the last of them."""

    @property
    def share(self) -> float:
        """A word of few tickets is rarer than any other of which they are more."""
        return self.found / self.last if self.found == SAMPLE else self.found / MOST_ID


class SqliteTextIndex:
    """The TextIndex of one transaction."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def progress(self) -> IndexProgress:
        row = self._tx.one(PROGRESS)
        assert row is not None
        done = int(row["ticket_id"] + row["response_id"])
        total = int(row["last_ticket"] + row["last_response"])
        return IndexProgress(min(done, total), total, is_ready=total - done <= MOST_TAIL)

    def has_all_orders(self) -> bool:
        return has_all_indexes(self._tx)

    def candidates(self, *, part: TextPart, needles: Sequence[str], bind: Bind) -> str:
        table = "search_subject" if part == "subject" else "search_text"
        found = self._found(table, [cleaned(needle) for needle in needles], bind)
        return f"{found} UNION ALL {_TAIL}"

    def count(self, candidates: str, values: Parameters, *, most: int) -> int:
        sql = _COUNT.format(source=candidates)
        row = self._tx.one(sql, {**values, "most_counted": most + 1})
        assert row is not None
        return int(
            row["found"] if row["found"] <= most else row["found"] * row["all"] // row["last"]
        )

    def is_surely_more(self, source: str, values: Parameters, *, most: int) -> bool:
        del source, values, most  # SQLite keeps no statistics
        return False

    @property
    def gives_members(self) -> bool:
        return True

    def nearest(
        self, *, part: TextPart, needles: Sequence[str], begin: int | None, falls: bool, most: int
    ) -> Sequence[int] | None:
        table = "search_subject" if part == "subject" else "search_text"
        query = self._query(table, [cleaned(needle) for needle in needles])
        if query is None:
            return None
        sql = _NEAREST.format(table=table, sign="<=" if falls else ">=", way=" DESC" * falls)
        if begin is None:
            begin = MOST_ID if falls else 0
        return [row["id"] for row in self._tx.all(sql, {"query": query, "id": begin, "most": most})]

    @property
    def tail(self) -> str:
        return _TAIL

    def common(
        self, least: str, others: Sequence[str], values: Parameters, *, texts: Sequence[str]
    ) -> Sequence[int]:
        every = " AND ".join(f"id IN ({other})" for other in (*others, *texts))
        row = self._tx.one(_COMMON.format(least=least, every=every), values)
        assert row is not None
        ids: list[int] = json.loads(row["ids"])
        return ids

    def listed(self, ids: Sequence[int], *, bind: Bind) -> str:
        return f"SELECT value AS id FROM json_each({bind(json.dumps(ids))})"

    def _found(self, table: str, needles: Sequence[str], bind: Bind) -> str:
        """SQL of the indexed tickets that may hold all needles."""
        if query := self._query(table, needles):
            return f"SELECT rowid AS id FROM {table} WHERE {table} MATCH {bind(query)}"
        start = max(needles, key=len)
        if not start:
            return "SELECT id FROM ticket"
        return (
            f"SELECT DISTINCT doc AS id FROM {table}_term"
            f" WHERE term >= {bind(start)} AND term <= {bind(start + _LAST * 2)}"
        )

    def _query(self, table: str, needles: Sequence[str]) -> str | None:
        """The needles as FTS5 looks them up. None: they are shorter than a word of the index."""
        grams = [*dict.fromkeys(gram for needle in needles for gram in _grams(needle))]
        if not grams:
            return None
        return " ".join(map(_quoted, self._rarest(table, _few(grams))))

    def _rarest(self, table: str, grams: Sequence[str]) -> Sequence[str]:
        """These words, the rarest first: the first ones alone where the others would leave hardly
        fewer tickets, because each word more is a list of tickets more to read."""
        if len(grams) <= LEAST_GRAMS:
            return grams
        shares = {gram: self._share(table, gram) for gram in grams}
        ordered = sorted(grams, key=lambda gram: shares[gram].share)
        least = shares[ordered[0]]
        first = ordered[:LEAST_GRAMS]
        query = {"query": " ".join(map(_quoted, first)), "last": least.last}
        row = self._tx.one(_TOGETHER.format(table=table), query)
        assert row is not None
        return first if row["found"] * 2 >= least.found else ordered

    def _share(self, table: str, gram: str) -> _Sample:
        sql = _SAMPLE.format(table=table)
        row = self._tx.one(sql, {"query": _quoted(gram), "most": SAMPLE})
        assert row is not None
        return _Sample(int(row["found"]), int(row["last"] or 0))


def cleaned(text: str) -> str:
    """A folded text as it is indexed."""
    # A pattern would take as long as folding.
    for sign in _UNKNOWN:
        text = text.replace(sign, "\ufffd")
    return text


def _grams(text: str) -> Iterator[str]:
    return (text[at : at + GRAM] for at in range(len(text) - GRAM + 1))


def _quoted(gram: str) -> str:
    doubled = gram.replace('"', '""')
    return f'"{doubled}"'


def _few(grams: Sequence[str]) -> Sequence[str]:
    step = -(-len(grams) // MOST_GRAMS)
    return grams[::step]
