"""Merges the parts of the index of texts: each step writes one, and a search reads every part.

Rule: a merge is one short write, and the next one takes it further. A killed merge leaves what was
there before it.
"""

from tickiti_server.store.interface import Transaction

PAGES = 16
"""Pages of 4 kB that one write merges, in two to six milliseconds."""

TABLES = ("search_subject", "search_text")

_CHANGES = "SELECT total_changes() AS changes"


def merge(tx: Transaction) -> bool:
    """Merge some pages of the first table that has parts to merge. False: none has."""
    return any(_merge(tx, table) for table in TABLES)


def _merge(tx: Transaction, table: str) -> bool:
    before = _changes(tx)
    tx.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', {PAGES})")
    # As the manual of FTS5 says: the command itself counts as one change.
    return _changes(tx) - before >= 2


def _changes(tx: Transaction) -> int:
    row = tx.one(_CHANGES)
    assert row is not None
    changes: int = row["changes"]
    return changes
