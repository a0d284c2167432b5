"""Every order of a perspective is read in the order of an index, and pages follow each other."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.open import prepare_database
from tickiti_server.store.search import clauses
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import SORTED_BY, Key, order_by
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.read_limits import ReadingTransaction

pytestmark = pytest.mark.sqlite  # plans of SQLite

TICKETS = 120
SUBJECTS = ("Printer", "ärger", "Zebra", "printer", "Öl")

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
        connection.execute(
            "INSERT INTO queue (name, name_key) VALUES ('B', 'b'), ('A', 'a'), ('C', 'c')"
        )
        for email in ("z@x.example", "ann@x.example", "bob@x.example"):
            connection.execute(
                "INSERT INTO person (email, email_key, created_at) VALUES (?1, ?1, 0)", (email,)
            )
        for n in range(TICKETS):
            connection.execute(
                "INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status,"
                " priority, assigned_to, on_hold_until, created_at, updated_at)"
                " VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (1000 - n, SUBJECTS[n % 5], 1 + n % 4, 1 + n % 3, ("open", "closed")[n % 2],
                 10 * (1 + n % 4), None if n % 3 else 2 + n % 2,
                 None if n % 7 else f"2027-01-{10 + n % 9}", n * 37 % 11, n * 53 % 13),
            )  # fmt: skip
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


def pages(
    tx: SqliteTransaction, order: Sequence[Key], *narrow: str
) -> tuple[list[int], list[list[Any]]]:
    """The ids and the key values of all tickets, page by page."""
    ids: list[int] = []
    keys: list[list[Any]] = []
    after: list[int | str] | None = None
    while True:
        conditions = Conditions(1)
        conditions.clauses += [clauses.is_there(), *narrow]
        rows = search.list_tickets(tx, conditions, order=order, after=after, limit=7)
        ids += [row["id"] for row in rows]
        keys += [search.key_values(row, order) for row in rows]
        if len(rows) < 7:
            return ids, keys
        after = search.key_values(rows[-1], order)


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
    conditions = Conditions(1)
    conditions.clauses.append(clauses.is_there())
    after = None
    for _ in range(2):
        rows = search.list_tickets(tx, conditions, order=order, after=after, limit=7)
        after = search.key_values(rows[-1], order)
        read = [step.replace("COVERING ", "") for step in tx.steps]
        names = [re.sub(r"^(SEARCH|SCAN) | \(.*", "", step) for step in read]
        assert [name for name in names if name in READ_BY[field]] == READ_BY[field], read
