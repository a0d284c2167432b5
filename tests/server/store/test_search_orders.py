"""Every order of a perspective is read in the order of an index, and pages follow each other."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.ordered_tickets import PAGE, TICKETS, conditions_of, fill, pages
from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.open import prepare_database
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.orders import SORTED_BY, order_by
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.read_limits import ReadingTransaction

pytestmark = pytest.mark.sqlite  # plans of SQLite

READ_BY = {
    "ticket_number": ["t USING INDEX sqlite_autoindex_ticket_1"],
    "subject": ["t USING INDEX ticket_subject", "t USING INDEX ticket_subject"],
    "status": ["t USING INDEX ticket_status"],
    "priority": ["t USING INDEX ticket_priority"],
    "queue": ["q USING INDEX queue_name_key", "t USING INDEX ticket_queue"],
    "assigned": ["a USING INDEX sqlite_autoindex_person_1", "t USING INDEX ticket_assigned"],
    "raised": ["o USING INDEX sqlite_autoindex_person_1", "t USING INDEX ticket_originator"],
    "on_hold_until": ["t USING INDEX ticket_hold"],
    "created_at": ["t USING INDEX ticket_created"],
    "updated_at": ["t USING INDEX ticket_facts"],
}
"""What each order reads, for its first two pages. Tickets that nobody has are read by their ids."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("orders") / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        fill(SqliteTransaction(connection))
        read = steps.read_texts(ReadingTransaction(connection))
        steps.write_step(ReadingTransaction(connection), steps.fold(read))
        # Some subjects are not folded yet.
        connection.execute("UPDATE ticket SET subject = subject || ' x' WHERE id > 90")
        yield connection


class Explaining(SqliteTransaction):
    """Keeps the steps of the page that was read last."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.steps: list[str] = []

    def all(self, sql: str, parameters: Any = None, /) -> Sequence[Any]:
        rows = super().all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        (end,) = [row["id"] for row in rows if row["detail"].startswith("SCAN found")][:1] or [0]
        self.steps = [row["detail"] for row in rows if not end or row["id"] < end]
        return super().all(sql, parameters)


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("field", SORTED_BY)
def test_pages_of_an_order_have_every_ticket_once_and_sorted(
    desk: sqlite3.Connection, field: str, falls: bool
) -> None:
    ids, keys = pages(SqliteTransaction(desk), order_by([(field, falls)]))
    assert sorted(ids) == list(range(1, TICKETS + 1))
    assert keys == sorted(keys, reverse=falls)
    narrowed, _ = pages(SqliteTransaction(desk), order_by([(field, falls)]), "t.id % 2 = 0")
    assert narrowed == [ticket for ticket in ids if ticket % 2 == 0]


def test_order_by_subject_is_that_of_the_folded_subjects(desk: sqlite3.Connection) -> None:
    ids, _ = pages(SqliteTransaction(desk), order_by([("subject", False)]))
    rows = dict(desk.execute("SELECT id, subject FROM ticket").fetchall())
    assert ids == sorted(ids, key=lambda ticket: (folded(rows[ticket]), ticket))


@pytest.mark.parametrize("field", SORTED_BY)
def test_order_is_read_by_its_index_without_sorting_all(
    desk: sqlite3.Connection, field: str
) -> None:
    tx = Explaining(desk)
    order = order_by([(field, False)])
    conditions = conditions_of()
    after = None
    for _ in range(2):
        rows = search.list_tickets(tx, conditions, order=order, after=after, limit=PAGE)
        after = search.key_values(rows[-1], order)
        read = [step.replace("COVERING ", "") for step in tx.steps]
        names = [re.sub(r"^(SEARCH|SCAN) | \(.*", "", step) for step in read]
        assert [name for name in names if name in READ_BY[field]] == READ_BY[field], read
