"""How searches of texts read PostgreSQL: what is frequent is compared along the list."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.support.postgres import connection_to
from tickiti_server.store.interface import TextPart
from tickiti_server.store.postgres.statements import text_index
from tickiti_server.store.postgres.statements.text_index import SURE, PostgresTextIndex
from tickiti_server.store.postgres.transaction import ReadingTransaction
from tickiti_server.store.search import clauses, plans, sources
from tickiti_server.store.search.conditions import Conditions

MOST = 20

FILL = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at)
SELECT 9000 + n, 's',
       CASE WHEN n % 2 = 0 THEN 'a parcel' WHEN n < 4 THEN 'a zeppelin' ELSE 'else' END,
       1, 1, 'open', 20, n, n
  FROM generate_series(1, 400) AS n;
INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response, created_at,
                      updated_at)
SELECT id, 1, subject, subject, 0, 0, 1, 1 FROM ticket;
ANALYZE;
"""


TEAMS = """
INSERT INTO team (name, name_key) SELECT 'Team ' || n, 'team ' || n FROM generate_series(1, 4) AS n;
INSERT INTO team_member (team_id, person_id) SELECT max(id), 1 FROM team;
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    team_id, created_at, updated_at)
SELECT 90000 + n, 's', 's', 1, 1, 'open', 20, (SELECT min(id) FROM team) + n % 4, n, n
  FROM generate_series(1, 20000) AS n;
INSERT INTO hashtag (tag_key, ticket_id, tag) SELECT 'vip', id, 'vip' FROM ticket WHERE id % 7 = 0;
ANALYZE;
"""


@pytest.fixture
def tx(url: str) -> Iterator[ReadingTransaction]:
    with connection_to(url) as connection:
        connection.execute(FILL)
        connection.row_factory = dict_row
        yield ReadingTransaction(connection)


class Recorded:
    """A transaction that keeps the texts of its statements."""

    def __init__(self, tx: ReadingTransaction) -> None:
        self._tx = tx
        self.statements: list[str] = []

    def one(self, sql: str, values: Any = None) -> Any:
        self.statements.append(sql.split(maxsplit=1)[0])
        return self._tx.one(sql, values)


def counted(tx: Any, word: str) -> int:
    values: dict[str, object] = {}

    def bind(value: object) -> str:
        values["word"] = value
        return ":word"

    index = PostgresTextIndex(tx)
    source = index.candidates(part="subject", needles=[word], bind=bind)
    return index.count(source, values, most=MOST)


def test_a_rare_text_is_counted_and_a_frequent_one_estimated(tx: ReadingTransaction) -> None:
    """To count a frequent one, even to a limit, the index reads all of its tickets."""
    asked = Recorded(tx)
    assert counted(asked, "zeppelin") == 2
    assert counted(asked, "nowhere") == 0
    assert asked.statements == ["EXPLAIN", "SELECT"] * 2
    assert SURE * MOST < counted(asked, "parcel") <= 400
    assert asked.statements[4:] == ["EXPLAIN", "SELECT"]  # the number of all rows


def test_an_estimate_that_one_sampled_text_may_have_made_is_counted(
    tx: ReadingTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a search of a rare word would compare the texts of the whole list."""
    monkeypatch.setattr(PostgresTextIndex, "_estimate", lambda *_: SURE * MOST + 1)
    monkeypatch.setattr(text_index, "LEAST_SHARE", 0.5)
    assert counted(tx, "zeppelin") == 2


def test_a_frequent_text_that_the_sample_has_missed_is_not_taken_for_a_rare_one(
    tx: ReadingTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all of its matches would be read to count them."""
    monkeypatch.setattr(PostgresTextIndex, "_estimate", lambda *_: 0)
    assert counted(tx, "parcel") == 2 * MOST


@pytest.mark.parametrize(
    ("part", "found"), [("subject", [1]), ("content", [2]), ("anywhere", [1, 2])]
)
def test_a_text_is_looked_up_where_the_search_looks_for_it(
    tx: ReadingTransaction, part: TextPart, found: list[int]
) -> None:
    """Each part has an index of its own: subjects would be read in vain for their content."""
    tx.execute("UPDATE ticket SET subject = 'a quill' WHERE number = 9001")
    tx.execute(
        "UPDATE response SET text = 'a quill'"
        " WHERE ticket_id = (SELECT id FROM ticket WHERE number = 9002)"
    )
    source = PostgresTextIndex(tx).candidates(
        part=part, needles=["quill"], bind=lambda value: f"'{value}'"
    )
    rows = tx.all(f"SELECT number - 9000 AS n FROM ticket WHERE id IN ({source}) ORDER BY n")
    assert [row["n"] for row in rows] == found


def explained(tx: ReadingTransaction, sql: str) -> str:
    rows = tx.all(f"EXPLAIN (COSTS OFF) {sql}", {"email": "system@localhost", "tag": "vip"})
    return "\n".join(row["QUERY PLAN"] for row in rows)


def test_values_that_statistics_know_to_be_frequent_are_not_counted(
    tx: ReadingTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue is found by its name, and a person by an address: of these the planner knows no
    frequency, and takes each for a part of all tickets."""
    tx.execute(TEAMS)
    monkeypatch.setattr(plans, "MOST_JOINED", 1_000)
    conditions = Conditions(seen_by=1)
    for clause, value in (
        (clauses.status_is, "open"),
        (clauses.is_updated_before, 10_000),
        (clauses.is_in_queue, "inbox"),
        (clauses.has_hashtag, "vip"),
    ):
        conditions.any_of(clause, [value])
    asked: Any = Recorded(tx)
    asked.text_index = PostgresTextIndex(asked)
    found = plans._columns(asked, conditions)
    assert asked.statements == ["EXPLAIN", "SELECT", "EXPLAIN", "EXPLAIN"]
    assert {source.found for source in found} == {plans.ALL}

    conditions.any_of(clauses.priority_is, [40])
    asked.statements.clear()
    assert min(source.found for source in plans._columns(asked, conditions)) == 0
    assert asked.statements[-2:] == ["EXPLAIN", "SELECT"]


def test_lists_are_intersected_by_a_hash(tx: ReadingTransaction) -> None:
    tx.execute(TEAMS)
    asked: list[str] = []

    class Explaining(ReadingTransaction):
        def all(self, sql: str, parameters: Any = None, /) -> Any:
            asked.append(explained(tx, sql))
            return super().all(sql, parameters)

    hashtag, assigned = (
        sources.SOURCES[clause](value)
        for clause, value in ((clauses.has_hashtag, ":tag"), (clauses.is_assigned_to, ":email"))
    )
    index = PostgresTextIndex(Explaining(tx._connection))
    values = {"email": "system@localhost", "tag": "vip"}
    common = index.common(hashtag, [assigned], values, texts=[])
    assert "HashSetOp Intersect" in asked[0]
    wanted = "id % 7 = 0 AND team_id = (SELECT max(id) FROM team)"
    assert sorted(common) == [
        row["id"] for row in tx.all(f"SELECT id FROM ticket WHERE {wanted} ORDER BY id")
    ]
    parcels = index.candidates(part="subject", needles=["parcel"], bind=lambda value: f"'{value}'")
    both = index.common(hashtag, [], values, texts=[parcels])
    assert len(both) == len([n for n in range(2, 401, 2) if n % 7 == 0])


def test_a_search_is_compared_ticket_by_ticket(tx: ReadingTransaction) -> None:
    """As a join, or as a hash of its own, it would compare every response before the first row."""
    conditions = Conditions(seen_by=1)
    check = clauses.subject_or_content_holds(conditions.bind('["parcel"]'))
    rows = tx.all(f"EXPLAIN SELECT id FROM ticket t WHERE {check} LIMIT 5", conditions.values)
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "SubPlan" in plan
    assert "strpos" in plan
    assert "has_any" not in plan
    assert "hashed" not in plan
    assert "Join" not in plan


def test_a_large_helpdesk_waits_for_its_index(
    tx: ReadingTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Any = PostgresTextIndex(tx)
    assert found.progress().is_ready
    tx.execute("DROP INDEX response_text_parts")
    assert found.progress().is_ready
    monkeypatch.setattr(text_index, "MOST_WITHOUT", 10)
    assert (found.progress().is_ready, found.progress().percent) == (False, 50)
