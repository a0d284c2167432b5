"""The list of tickets is read in the order of an index, without sorting.

By hand, with a million tickets: TICKITI_TEST_TICKETS=1000000 .venv/bin/python -m pytest -s
tests/server/store/test_search.py
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tickiti_server.api.search import perspective_fields
from tickiti_server.api.search.search_modes import MODES
from tickiti_server.store.helpdesk import responses
from tickiti_server.store.open import prepare_database
from tickiti_server.store.search import clauses, counts, plans, sources
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import BY_ACTIVITY, BY_NUMBER, Key
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_reader, connect_writer

TICKETS = int(os.environ.get("TICKITI_TEST_TICKETS", "2000"))
MOST_STEPS = 100_000
"""Instructions of SQLite for a page of fifty: counted, because seconds depend on the load."""

_FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :tickets)
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at)
SELECT 220008 + i, '', 'Ticket ' || i, 1 + i % 3, 1,
       CASE WHEN i % 5 = 0 THEN 'closed' WHEN i % 1000 = 1 THEN 'on-hold' ELSE 'open' END, 20, i, i
  FROM n
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "t.db"
    prepare_database(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO queue (name, name_key) VALUES ('Sales', 'sales'), ('Support', 'support')"
        )
        connection.execute(_FILL, {"tickets": TICKETS})
        connection.execute(
            "INSERT INTO response (ticket_id, author_id, html, is_internal, staff_response,"
            " created_at, updated_at) SELECT id, 1, 'x', 0, 0, created_at, created_at FROM ticket"
        )
        connection.commit()
    return path


@pytest.fixture
def reader(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect_reader(database)) as connection:
        yield connection


class Planned(SqliteTransaction):
    """Tells how a query finds its page, before it runs; the rows' other columns come after."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.plan: list[str] = []

    def all(self, sql: str, parameters: Any = None, /) -> Sequence[Any]:
        steps = super().all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        (found,) = [step["id"] for step in steps if step["detail"] == "MATERIALIZE found"]
        self.plan = [step["detail"] for step in steps if step["parent"] == found]
        return super().all(sql, parameters)


def _limit(steps: int) -> Callable[[], bool]:
    """A progress handler for each thousand instructions, which ends a query of too many."""
    left = iter(range(steps // 1000))
    return lambda: next(left, None) is None


def pages(
    reader: sqlite3.Connection, order: Sequence[Key], criteria: dict[str, object]
) -> tuple[list[int], list[str]]:
    """The numbers of two pages of fifty, and the plan of the second. Each must be quick."""
    tx = Planned(reader)
    numbers: list[int] = []
    after: list[int | str] | None = None
    for _ in range(2):
        conditions = Conditions(1)
        for mode, value in criteria.items():
            conditions.any_of(MODES[mode].clause, [value])
        reader.set_progress_handler(_limit(MOST_STEPS), 1000)
        rows = search.list_tickets(tx, conditions, order=order, after=after, limit=50)
        reader.set_progress_handler(None, 0)
        numbers += [row["number"] for row in rows]
        after = search.key_values(rows[-1], order)
    return numbers, tx.plan


def expected(criteria: dict[str, object], order: Sequence[Key]) -> list[int]:
    queues = {"inbox": 0, "sales": 1, "support": 2}
    found = [
        220008 + i
        for i in range(1, TICKETS + 1)
        if criteria.get("queue") in (None, *(n for n, rest in queues.items() if i % 3 == rest))
        and criteria.get("status") in (None, "closed" if i % 5 == 0 else
                                       "on-hold" if i % 1000 == 1 else "open")
    ]  # fmt: skip
    return (found if order == BY_NUMBER else found[::-1])[:100]


@pytest.mark.parametrize(
    ("order", "criteria", "walk"),
    [
        (BY_ACTIVITY, {}, "t USING COVERING INDEX ticket_facts (updated_at<?)"),
        (BY_NUMBER, {}, "t USING INDEX sqlite_autoindex_ticket_1 (number>?)"),
        (
            BY_ACTIVITY, {"queue": "sales", "status": "open"},
            "t USING COVERING INDEX ticket_facts (updated_at<?)",
        ),
    ],
)  # fmt: skip
def test_common_lists_are_read_in_index_order(
    reader: sqlite3.Connection, order: Sequence[Key], criteria: dict[str, object], walk: str
) -> None:
    numbers, plan = pages(reader, order, criteria)
    assert numbers == expected(criteria, order)
    assert f"SEARCH {walk}" in plan
    assert [step for step in plan if "TEMP B-TREE" in step or "SCAN" in step] == []


def test_perspective_of_queue_and_status_is_read_in_index_order(reader: sqlite3.Connection) -> None:
    row = {
        "conditions": '[{"field": "queue", "operator": "is", "value": "Sales"},'
        ' {"field": "status", "operator": "is", "value": "open"}]',
        "orders": '[{"field": "updated_at", "ascending": false}]',
    }
    conditions, own = Conditions(1), perspective_fields.order_of(row)
    assert own == ("updated_at:desc", BY_ACTIVITY)
    perspective_fields.apply(row, conditions)
    tx = Planned(reader)
    search.list_tickets(tx, conditions, order=own[1], after=[TICKETS, TICKETS], limit=50)
    assert "SEARCH t USING COVERING INDEX ticket_facts (updated_at<?)" in tx.plan
    assert [step for step in tx.plan if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("criteria", [{"queue": "sales"}, {"status": "open"}])
def test_list_by_one_criterion_is_quick(
    reader: sqlite3.Connection, criteria: dict[str, object]
) -> None:
    numbers, _ = pages(reader, BY_ACTIVITY, criteria)
    assert numbers == expected(criteria, BY_ACTIVITY)


class Explained(SqliteTransaction):
    """Gives the steps of a query in place of its rows."""

    def all(self, sql: str, parameters: Any = None, /) -> Sequence[Any]:
        rows = super().all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return [row["detail"] for row in rows]

    def few(self, sql: str, parameters: Any = None, /, *, most: int) -> tuple[Sequence[Any], bool]:
        return self.all(sql, parameters)[:most], True


def test_export_of_responses_is_read_in_index_order(
    reader: sqlite3.Connection,
) -> None:
    tx = Explained(reader)
    steps, _ = responses.list_responses(tx, Conditions(1), after=(5, 5), limit=50, most=100)
    assert steps == [
        "SEARCH r USING INDEX response_created (created_at>?)",
        "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH x USING COVERING INDEX attachment_response (response_id=?)",
    ]


@pytest.mark.parametrize("sight", [clauses.is_there, clauses.is_in_viewed_queue])
def test_list_of_tickets_that_a_user_sees_is_read_in_index_order(
    reader: sqlite3.Connection, sight: Callable[[], str]
) -> None:
    conditions = Conditions(1)
    conditions.clauses += [clauses.is_there(), sight()]
    tx = Planned(reader)
    search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=[TICKETS, TICKETS], limit=50)
    assert "SEARCH t USING COVERING INDEX ticket_facts (updated_at<?)" in tx.plan
    assert [step for step in tx.plan if "TEMP B-TREE" in step] == []


def test_responses_of_a_list_are_counted_in_an_index(reader: sqlite3.Connection) -> None:
    steps = search.list_tickets(
        Explained(reader), Conditions(1), order=BY_ACTIVITY, after=None, limit=50
    )
    counted = "(ticket_id=? AND deleted_at=? AND is_audit_only=?)"
    assert [step for step in steps if " r " in step] == [
        f"SEARCH r USING COVERING INDEX response_counted {counted}"
    ]


def test_list_of_a_customer_reads_his_tickets_alone(reader: sqlite3.Connection) -> None:
    conditions = Conditions(2)
    conditions.clauses += [clauses.is_there(), clauses.is_taken_part_in()]
    conditions.sources.append(sources.taken_part_in())
    steps = search.list_tickets(
        Explained(reader), conditions, order=BY_ACTIVITY, after=None, limit=50
    )
    assert "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert "SEARCH ticket USING COVERING INDEX ticket_originator (originator_id=?)" in steps


@pytest.mark.parametrize("sight", [clauses.is_there, clauses.is_in_viewed_queue])
def test_export_of_seen_responses_is_read_in_index_order(
    reader: sqlite3.Connection, sight: Callable[[], str]
) -> None:
    conditions = Conditions(1)
    conditions.clauses += [clauses.is_there(), sight(), responses.is_kept(), responses.is_seen()]
    tx = Explained(reader)
    steps, _ = responses.list_responses(tx, conditions, after=(5, 5), limit=50, most=100)
    assert steps[0] == "SEARCH r USING INDEX response_created (created_at>?)"
    assert [step for step in steps if "TEMP B-TREE FOR ORDER" in step] == []


def narrowed(**criteria: object) -> Conditions:
    conditions = Conditions(1)
    for mode, value in criteria.items():
        conditions.any_of(MODES[mode].clause, [value])
    return conditions


@pytest.mark.parametrize("most_deleted", [0, 50])
def test_total_of_one_condition_is_exact_and_leaves_out_deleted_tickets(
    database: Path, monkeypatch: pytest.MonkeyPatch, most_deleted: int
) -> None:
    monkeypatch.setattr(counts, "MOST_DELETED", most_deleted)
    monkeypatch.setattr(counts, "MOST_LISTED", 100)
    with closing(connect_writer(database)) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE ticket SET deleted_at = 1 WHERE id IN (3, 4, 5)")
        tx = SqliteTransaction(connection)
        conditions = narrowed(queue="sales")
        conditions.clauses.append(clauses.is_there())
        sales = len(range(1, TICKETS + 1, 3))
        counted = counts.count_tickets(tx, conditions, most=10_000)
        assert counted.is_exact == (most_deleted > 0)
        assert counted.found == sales - 1 if counted.is_exact else counted.found < sales
        conditions.clauses.append("+t.id > 10")
        assert counts.count_tickets(tx, conditions, most=10_000).found <= sales - 4
        with_deleted = narrowed(queue="sales")
        assert counts.count_tickets(tx, with_deleted, most=10_000).found in (sales, 33, 34)
        connection.execute("ROLLBACK")


def test_sources_with_few_tickets_in_common_are_intersected_and_sorted(
    reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "SHARE", 2)
    monkeypatch.setattr(plans, "FEW_COMPARED", 10)
    conditions = narrowed(queue="sales", created_from=TICKETS - 500)
    tx = SqliteTransaction(reader)
    plan = plans.choose(tx, conditions)
    assert plan.source is not None
    assert plan.source == plan.counted
    assert len(tx.all(plan.source, conditions.values)) == 167
    steps = search.list_tickets(
        Explained(reader), conditions, order=BY_ACTIVITY, after=None, limit=50, plan=plan
    )
    assert "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert [step for step in steps if "ticket_facts" in step] == []
    numbers, _ = pages(reader, BY_ACTIVITY, {"queue": "sales", "created_from": TICKETS - 500})
    assert numbers == expected({"queue": "sales"}, BY_ACTIVITY)


def test_deep_page_of_a_range_begins_where_the_page_before_ended(
    reader: sqlite3.Connection,
) -> None:
    taken = []
    for place in (TICKETS, 100):
        steps = iter(range(1_000_000))
        reader.set_progress_handler(lambda steps=steps: next(steps) < 0, 1)
        conditions = narrowed(updated_to=TICKETS * 2, status="open")
        after: list[int | str] = [place, place]
        plan = plans.Plan()
        search.list_tickets(
            SqliteTransaction(reader), conditions, order=BY_ACTIVITY, after=after, limit=50,
            plan=plan,
        )  # fmt: skip
        taken.append(next(steps))
    reader.set_progress_handler(None, 0)
    assert taken[1] < taken[0] * 1.2


def test_a_page_that_goes_further_than_the_count_is_not_counted_again(
    reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_LISTED", 100)
    tx = SqliteTransaction(reader)

    def counted(listed_to: int | None) -> counts.Count:
        # A clause without a source: the tickets of the list are compared with it.
        conditions = Conditions(1)
        conditions.clauses.append("+t.id % 10 = 0")
        return counts.count_tickets(tx, conditions, most=1000, listed_to=listed_to)

    (last,) = tx.all("SELECT updated_at FROM ticket ORDER BY updated_at DESC LIMIT 1 OFFSET 100")
    every = counted(None)
    assert (0 < every.found <= 20, every.is_exact) == (True, False)
    assert counted(last["updated_at"]) == every
    assert counted(last["updated_at"] - 1) == (0, False)


@pytest.mark.parametrize("most", [10, 10_001])
def test_total_is_counted_up_to_a_limit(reader: sqlite3.Connection, most: int) -> None:
    conditions = Conditions(1)
    conditions.clauses.append(clauses.is_there())
    found = counts.count_tickets(SqliteTransaction(reader), conditions, most=most)
    assert found == (min(TICKETS, most), most >= TICKETS)
