"""The index of texts: FTS5 with three characters in a row as its words.

Rule: a candidate is only a ticket that may hold a text, and the search compares the text itself. So
an entry too many does no harm: none is ever removed, because FTS5 without the texts cannot tell
whose other texts need it. The tail, which is not indexed yet, is among the candidates.
"""

import re
from collections.abc import Iterator, Sequence

from tickiti_server.store.interface import Bind, IndexProgress, Transaction
from tickiti_server.store.sqlite.indexing.row_indexes import has_all_indexes

MOST_TAIL = 4_000
"""Tickets and responses that a search may read without the index: some ten milliseconds."""

MOST_GRAMS = 32
"""Words of the index that one text is looked up by."""

LEAST_GRAMS = 2

ENOUGH = 1e-6
"""The share of the tickets that is expected to have some words of the index, below which no more
words are looked up."""

SAMPLE = 200
"""Tickets of a word of the index by which its share is estimated."""

GRAM = 3
_LAST = "\U0010ffff"

_UNKNOWN = re.compile("[\0\ufffe\uffff]")
"""FTS5 stops at a NUL, and takes the others for the character U+FFFD."""

PROGRESS = """
SELECT p.ticket_id, p.response_id,
       coalesce((SELECT max(id) FROM ticket), 0) AS last_ticket,
       coalesce((SELECT max(id) FROM response), 0) AS last_response
  FROM search_progress p
"""

_SAMPLE = """
SELECT count(*) AS found,
       CASE WHEN count(*) < :most THEN (SELECT max(id) FROM ticket) ELSE max(id) END AS among
  FROM (SELECT rowid AS id FROM {table} WHERE {table} MATCH :query LIMIT :most) AS first_found
"""
"""The first tickets of a word of the index, by their ids."""

_TAIL = """
SELECT id FROM ticket WHERE id > (SELECT ticket_id FROM search_progress)
 UNION ALL
SELECT ticket_id FROM response WHERE id > (SELECT response_id FROM search_progress)
 UNION ALL
SELECT ticket_id FROM search_change
"""


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

    def candidates(self, *, in_subject: bool, needles: Sequence[str], bind: Bind) -> str:
        table = "search_subject" if in_subject else "search_text"
        found = self._found(table, [cleaned(needle) for needle in needles], bind)
        return f"{found} UNION ALL {_TAIL}"

    def _found(self, table: str, needles: Sequence[str], bind: Bind) -> str:
        """SQL of the indexed tickets that may hold all needles."""
        grams = [*dict.fromkeys(gram for needle in needles for gram in _grams(needle))]
        if grams:
            query = " ".join(map(_quoted, self._rarest(table, _few(grams))))
            return f"SELECT rowid AS id FROM {table} WHERE {table} MATCH {bind(query)}"
        start = max(needles, key=len)
        if not start:
            return "SELECT id FROM ticket"
        return (
            f"SELECT DISTINCT doc AS id FROM {table}_term"
            f" WHERE term >= {bind(start)} AND term <= {bind(start + _LAST * 2)}"
        )

    def _rarest(self, table: str, grams: Sequence[str]) -> Sequence[str]:
        """So many of these words, the rarest first, that the others would leave hardly fewer
        tickets. Each word more is a list of tickets more to read."""
        if len(grams) <= LEAST_GRAMS:
            return grams
        shares = {gram: self._share(table, gram) for gram in grams}
        chosen: list[str] = []
        together = 1.0
        for gram in sorted(grams, key=shares.__getitem__):
            chosen.append(gram)
            together *= shares[gram]
            if len(chosen) >= LEAST_GRAMS and together < ENOUGH:
                break
        return chosen

    def _share(self, table: str, gram: str) -> float:
        """About which part of the tickets has a word of the index."""
        sql = _SAMPLE.format(table=table)
        row = self._tx.one(sql, {"query": _quoted(gram), "most": SAMPLE})
        assert row is not None
        found, among = int(row["found"]), int(row["among"] or 0)
        return min(1.0, found / max(1, among))


def cleaned(text: str) -> str:
    """A folded text as it is indexed."""
    return _UNKNOWN.sub("\ufffd", text)


def _grams(text: str) -> Iterator[str]:
    return (text[at : at + GRAM] for at in range(len(text) - GRAM + 1))


def _quoted(gram: str) -> str:
    doubled = gram.replace('"', '""')
    return f'"{doubled}"'


def _few(grams: Sequence[str]) -> Sequence[str]:
    step = -(-len(grams) // MOST_GRAMS)
    return grams[::step]
