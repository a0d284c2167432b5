"""Orders and months on PostgreSQL: each group of tickets is read up to a page, and not sorted."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.support.ordered_tickets import PAGE, TICKETS, conditions_of, fill, pages
from tests.support.postgres import connection_to
from tickiti_server.clock import DAY
from tickiti_server.store.postgres.transaction import ReadingTransaction
from tickiti_server.store.search import clauses, orders, plans
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.orders import BY_ACTIVITY, SORTED_BY, order_by

FOLD = "UPDATE ticket SET created_at = created_at * 86400000000"
"""The tickets are of eleven days instead of eleven microseconds."""


MANY = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    assigned_to, created_at, updated_at)
SELECT 2000 + n, '', '', 1 + n % 4, 1 + n % 3, 'open', 20, 2 + n % 2, n, n
  FROM generate_series(1, 20000) AS n
"""


class Explaining(ReadingTransaction):
    """Keeps the SQL and the plan of the page that was read last."""

    sql = plan = ""

    def all(self, sql: str, parameters: Any = None, /) -> Sequence[Any]:
        self.sql = sql
        explained = super().all(f"EXPLAIN (COSTS OFF) {sql}", parameters)
        self.plan = "\n".join(row["QUERY PLAN"] for row in explained)
        return super().all(sql, parameters)


@pytest.fixture
def tx(url: str) -> Iterator[Explaining]:
    with connection_to(url) as connection:
        connection.row_factory = dict_row
        found = Explaining(connection)
        fill(found)
        connection.execute(FOLD)
        yield found


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("field", SORTED_BY)
def test_pages_of_an_order_have_every_ticket_once_and_sorted(
    tx: Explaining, field: str, falls: bool
) -> None:
    ids, keys = pages(tx, order_by([(field, falls)]))
    assert sorted(ids) == list(range(1, TICKETS + 1))
    assert keys == sorted(keys, reverse=falls)
    narrowed, _ = pages(tx, order_by([(field, falls)]), "t.id % 2 = 0")
    assert narrowed == [ticket for ticket in ids if ticket % 2 == 0]


@pytest.mark.parametrize(
    ("field", "index"),
    [("queue", "ticket_queue"), ("assigned", "ticket_assigned"), ("raised", "ticket_originator")],
)
def test_each_group_is_read_by_its_index_up_to_a_page(
    tx: Explaining, field: str, index: str
) -> None:
    tx.execute(MANY)
    tx.execute("ANALYZE")
    order, after = order_by([(field, False)]), None
    for _ in range(2):
        rows = search.list_tickets(tx, conditions_of(), order=order, after=after, limit=PAGE)
        after = search.key_values(rows[-1], order)
        found = re.search(rf"Limit\n +-> +Index Scan using {index} .*\n +Index Cond: (.*)", tx.plan)
        assert found is not None, tx.plan
    assert ", id) > ROW(" in found[1]


def test_months_of_creation_are_read_one_by_one(
    tx: Explaining, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list by activity begins with many tickets of other months."""
    monkeypatch.setattr(plans, "MOST_COUNTED", 10)
    monkeypatch.setattr(plans, "MOST_JOINED", 10)
    every = {row["id"]: row for row in tx.all("SELECT id, created_at, updated_at FROM ticket")}
    end = 6 * orders.MONTH
    tx.execute(f"UPDATE ticket SET created_at = created_at / {DAY} * {orders.MONTH}")
    ids: list[int] = []
    after: list[int | str] | None = None
    while True:
        conditions = conditions_of()
        conditions.any_of(clauses.is_created_before, [end])
        rows = search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=after, limit=PAGE)
        ids += [row["id"] for row in rows]
        if len(rows) < PAGE:
            break
        after = search.key_values(rows[-1], BY_ACTIVITY)
    wanted = [each for each in every if every[each]["created_at"] // DAY < 6]
    assert "generate_series(0, 5)" in tx.sql
    assert ids == sorted(wanted, key=lambda each: (every[each]["updated_at"], each), reverse=True)


TAGGED = """
INSERT INTO hashtag (tag_key, ticket_id, tag) SELECT 'vip', id, 'vip' FROM ticket WHERE id % 3 = 0
"""


def test_the_tickets_of_a_hashtag_are_read_once_for_all_months(
    tx: Explaining, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a join they would be read and hashed for every month."""
    monkeypatch.setattr(plans, "MOST_COUNTED", 10)
    monkeypatch.setattr(plans, "MOST_SORTED", 10)
    monkeypatch.setattr(plans, "FEW", TICKETS)
    tx.execute(f"UPDATE ticket SET created_at = created_at / {DAY} * {orders.MONTH}")
    tx.execute(TAGGED)
    tx.execute("ANALYZE")
    conditions = conditions_of()
    conditions.any_of(clauses.is_created_before, [6 * orders.MONTH])
    conditions.any_of(clauses.has_hashtag, ["vip"])
    monkeypatch.setattr(plans, "MOST_JOINED", 50)  # the hashtag has 40, the months 60
    rows = search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=None, limit=TICKETS)
    assert "generate_series(0, 5)" in tx.sql
    assert "(hashed SubPlan" in tx.plan
    assert tx.plan.count("on hashtag") == 1
    assert {row["id"] % 3 for row in rows} == {0}
    wanted = "id % 3 = 0 AND created_at < :end"
    found = tx.one(f"SELECT count(*) AS n FROM ticket WHERE {wanted}", {"end": 6 * orders.MONTH})
    assert found == {"n": len(rows)}


def test_months_are_not_read_without_their_index(tx: Explaining) -> None:
    assert tx.text_index.has_all_orders()
    tx.execute("DROP INDEX ticket_month")
    assert not tx.text_index.has_all_orders()
