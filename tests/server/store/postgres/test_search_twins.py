"""PostgreSQL lists the same tickets in the same order as SQLite, whatever is read for a page."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg.rows import dict_row

from tests.support.ordered_tickets import PAGE, TICKETS, conditions_of, fill
from tests.support.postgres import connection_to
from tickiti_server.clock import DAY
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import prepare_database
from tickiti_server.store.postgres.transaction import PostgresTransaction
from tickiti_server.store.search import clauses, orders, plans
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.orders import BY_ACTIVITY, SORTED_BY, Key, order_by
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer

CHANGES = (
    "UPDATE ticket SET created_at = created_at * 86400000000",
    "UPDATE ticket SET updated_at = updated_at * 86400000000",
    "UPDATE ticket SET deleted_at = 1 WHERE id % 7 = 0",
    "INSERT INTO team (name, name_key) VALUES ('T', 't')",
    "UPDATE ticket SET team_id = 1, assigned_to = NULL WHERE id % 10 = 0",
    "INSERT INTO hashtag SELECT 'vip', id, 'vip' FROM ticket WHERE id % 4 < 2",
)
DRAWN = 60


class Twins(NamedTuple):
    postgres: Transaction
    sqlite: Transaction


class Drawn(NamedTuple):
    """A search: the keys of its order, the first day that is too late, and further conditions."""

    order: tuple[Key, ...]
    before: int | None
    queue: int | None
    is_unassigned: bool
    has_tag: bool

    @classmethod
    def by(cls, drawn: random.Random) -> "Drawn":
        fields = drawn.sample(list(SORTED_BY), drawn.choice([1, 1, 2, 3]))
        order = order_by([(field, drawn.random() < 0.5) for field in fields])
        return cls(
            tuple(drawn.choice([order, order, BY_ACTIVITY])),
            drawn.choice([None, 3, 6]),
            drawn.choice([None, None, 2]),
            drawn.random() < 0.2,
            drawn.random() < 0.5,
        )

    def pages(self, tx: Transaction) -> list[int]:
        """The numbers of all pages."""
        found: list[int] = []
        after: list[int | str] | None = None
        while True:
            conditions = conditions_of()
            if self.before is not None:
                conditions.any_of(clauses.is_created_before, [self.before * DAY])
            if self.queue is not None:
                conditions.any_of(clauses.is_in_queue_of_id, [self.queue])
            if self.is_unassigned:
                conditions.any_of(clauses.is_unassigned, [1])
            if self.has_tag:
                conditions.any_of(clauses.has_hashtag, ["vip"])
            rows = search.list_tickets(tx, conditions, order=self.order, after=after, limit=PAGE)
            found += [row["number"] for row in rows]
            assert len(found) <= TICKETS, self
            if len(rows) < PAGE:
                return found
            after = search.key_values(rows[-1], self.order)


@pytest.fixture
def twins(url: str, tmp_path: Path) -> Iterator[Twins]:
    path = tmp_path / "t.db"
    prepare_database(path)
    with connection_to(url) as there, closing(connect_writer(path)) as here:
        there.row_factory = dict_row
        found = Twins(PostgresTransaction(there), SqliteTransaction(here))
        for tx in found:
            fill(tx)
            for change in CHANGES:
                tx.execute(change)
        yield found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_databases_list_the_same_tickets_in_the_same_order(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    drawn = random.Random(seed)
    monkeypatch.setattr(orders, "MONTH", DAY)
    monkeypatch.setattr(plans, "MONTH", DAY)
    monkeypatch.setattr(plans, "FEW", 0)
    for _ in range(DRAWN):
        for limit in ("MOST_SORTED", "FEW_COMPARED", "MOST_COUNTED", "MOST_JOINED"):
            monkeypatch.setattr(plans, limit, drawn.choice([0, 3, 62, TICKETS]))
        monkeypatch.setattr(plans, "SHARE", drawn.choice([1, 100]))
        asked = Drawn.by(drawn)
        found = asked.pages(twins.postgres)
        assert found == asked.pages(twins.sqlite), asked
        assert len(found) == len({*found})
