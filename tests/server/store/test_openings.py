"""The tickets of a batch are stored together as the handler stores each of them, or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import databases
from tests.support.openings import (
    BODIES,
    CREATE,
    KNOWN,
    SUBJECTS,
    assert_alike,
    assert_own_replies,
    assert_told,
    body_of,
    opening,
    told_at_once,
)
from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server.store.sqlite.connection import (
    SqliteTransaction,
    connect_reader,
    connect_writer,
)
from tickiti_server.store.sqlite.openings import MOST_CHARACTERS, MOST_ROWS, open_tickets

pytestmark = pytest.mark.sqlite  # PostgreSQL has a function of its own

STORED = """
SELECT i.family_id, i.key_hint, i.operation, i.fp_version, i.fp_raw, i.fp_canon, i.status,
       CAST(i.body AS TEXT) AS body, i.ran_at > 0 AS has_run, i.request_id <> '' AS has_request,
       i.created_at > 1e15 AS has_time, t.number, t.id, t.secure_id, length(t.secure_id) AS size,
       t.subject, t.queue_id, t.originator_id, t.status AS state, t.priority,
       t.created_at - i.created_at < 6e7 AS begins, t.updated_at - t.created_at AS changes,
       t.assigned_to, t.team_id, t.on_hold_until, t.closed_at, t.deleted_at, r.author_id, r.html,
       r.text, r.is_internal, r.is_pinned, r.staff_response,
       r.created_at - t.created_at < 6e7 AS is_said,
       r.updated_at - r.created_at AS is_kept, r.is_audit_only, r.audit,
       r.idem_id = i.id AS is_of_the_operation
  FROM idem i JOIN ticket t ON t.idem_id = i.id JOIN response r ON r.ticket_id = t.id
 ORDER BY i.id DESC LIMIT 1
"""

TOGETHER, STEP_BY_STEP = "NEW.body = x''", "NEW.body <> x''"
"""What the other way inserts. The handler's steps claim a key first, and store the reply later."""

OUT_OF_ORDER = """
SELECT number FROM ticket t
 WHERE created_at < (SELECT max(created_at) FROM ticket x WHERE x.number < t.number)
"""


class OnSqlite(Place):
    def newest(self) -> dict[str, Any]:
        with closing(connect_reader(self.database)) as connection:
            return dict(connection.execute(STORED).fetchone())

    def only(self, refused: str) -> None:
        """Have the database refuse what the other way inserts from now on."""
        self.execute(f"""
            DROP TRIGGER IF EXISTS only;
            CREATE TRIGGER only BEFORE INSERT ON idem WHEN {refused}
            BEGIN SELECT RAISE(ABORT, 'not this way'); END;
        """)

    def told(self, body: dict[str, Any], key: str) -> tuple[int, Any, bytes]:
        """The reply of create_ticket. A server that notices meanwhile that another program has
        written takes the steps, which `only` may refuse; so it is asked until it has noticed."""
        found: list[tuple[int, Any, bytes]] = []

        def is_told() -> bool:
            found.append(self.post(CREATE, body, key))
            return found[-1][0] == 200

        wait_until(is_told)
        return found[-1]

    def execute(self, script: str) -> None:
        databases.execute_script(self.database, script)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSqlite]:
    found = OnSqlite(tmp_path_factory.mktemp("place"))
    found._start()
    found.post(CREATE, body_of({}), "first")  # the requester is known from now on
    yield found
    found.stop()


@pytest.mark.parametrize("change", BODIES.values(), ids=BODIES)
def test_one_statement_a_table_stores_what_the_steps_store(
    place: OnSqlite, change: dict[str, Any]
) -> None:
    body, key = body_of(change), f"same-key{uuid4()}"
    place.only(TOGETHER)
    first, together = place.told(body, key), place.newest()
    assert_told(first, together)
    place.only(STEP_BY_STEP)
    second, by_steps = place.told(body, f"same-key{uuid4()}"), place.newest()
    assert_told(second, by_steps)
    assert_alike(together, by_steps)
    assert place.post(CREATE, body, key)[2] == first[2]
    assert place.newest() == by_steps
    place.execute("DROP TRIGGER only")


def test_each_client_of_a_batch_gets_the_reply_to_its_own_request(place: OnSqlite) -> None:
    told = told_at_once(place)
    assert_own_replies(told, databases.rows(place.database, SUBJECTS))
    # An export goes by time: a ticket with a higher number is never the older one.
    assert databases.rows(place.database, OUT_OF_ORDER) == []


def test_token_that_changed_since_the_request_came_is_left_to_the_steps(prepared: Path) -> None:
    with closing(connect_writer(prepared)) as connection:
        assert open_tickets(
            SqliteTransaction(connection), [opening(1)], tokens_as_of="another"
        ) == [None]
        expired = opening(2)._replace(stamp=lambda: None)
        assert open_tickets(SqliteTransaction(connection), [expired], tokens_as_of="known") == [
            None
        ]
        assert rows(connection) == (0, 0, 0)


def test_a_key_is_claimed_once_within_a_batch(prepared: Path) -> None:
    with closing(connect_writer(prepared)) as connection:
        first, again, _ = open_tickets(
            SqliteTransaction(connection),
            [opening(1), opening(1), opening(2)],
            tokens_as_of="known",
        )
        assert first is not None
        assert first.reply == b"[220009,1]"
        assert again is None
        assert rows(connection) == (2, 2, 2)
        assert open_tickets(SqliteTransaction(connection), [opening(2)], tokens_as_of="known") == [
            None
        ]


@pytest.mark.parametrize(
    ("count", "characters"), [(MOST_ROWS * 2 + 5, 10), (5, MOST_CHARACTERS // 2 + 1)]
)
def test_a_batch_of_many_or_of_long_texts_is_stored_in_parts(
    prepared: Path, count: int, characters: int
) -> None:
    statements: list[str] = []
    with closing(connect_writer(prepared)) as connection:
        connection.set_trace_callback(statements.append)
        openings = [opening(key)._replace(html="x" * characters) for key in range(count)]
        opened = open_tickets(SqliteTransaction(connection), openings, tokens_as_of="known")
        connection.set_trace_callback(None)
        assert [one and one.reply for one in opened] == [
            b"[%d,%d]" % (220_009 + place, 1 + place) for place in range(count)
        ]
        assert rows(connection) == (count, count, count)
    # SQLite tells a statement again for each trigger that it fires.
    told = {one for one in statements if one.startswith("\nINSERT INTO ticket")}
    assert len(told) == (3 if characters == 10 else 5)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A database with the queue Inbox and a requester."""
    path = tmp_path / "t.db"
    databases.prepared_with_queues(path)
    databases.execute(
        path,
        "INSERT INTO person (email, email_key, created_at) VALUES (:at, :at, 1)",
        {"at": KNOWN},
    )
    return path


def rows(connection: sqlite3.Connection) -> tuple[int, ...]:
    return tuple(
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("idem", "ticket", "response")
    )
