"""create_ticket in one statement: it stores what the handler stores step by step, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from tests.support import postgres
from tests.support.cluster import Cluster
from tests.support.openings import (
    BODIES,
    CREATE,
    SUBJECTS,
    assert_alike,
    assert_own_replies,
    assert_told,
    body_of,
    opening,
    told_at_once,
)
from tests.support.place import Place
from tests.support.postgres import connection_to
from tickiti_server.store.opening import Opening
from tickiti_server.store.postgres.connection import connect
from tickiti_server.store.postgres.statements.opening import open_tickets
from tickiti_server.store.postgres.transaction import settled_before

STORED = """
SELECT i.family_id, i.key_hint, i.operation, i.fp_version, i.fp_raw, i.fp_canon, i.status,
       convert_from(i.body, 'UTF8') AS body, i.created_at > 0 AS has_time, i.ran_at > 0 AS has_run,
       i.request_id <> '' AS has_request, t.number, t.id, t.secure_id, length(t.secure_id) AS size,
       t.subject, t.subject_key, t.queue_id, t.originator_id, t.status AS state, t.priority,
       t.created_at - i.created_at < 6e7 AS begins, t.updated_at - t.created_at AS changes,
       t.assigned_to, t.team_id, t.on_hold_until, t.closed_at, t.deleted_at, r.author_id, r.html,
       r.text, r.text_key, r.is_internal, r.is_pinned, r.staff_response,
       r.created_at - t.created_at < 6e7 AS is_said, r.updated_at - r.created_at AS is_kept,
       r.is_audit_only, r.audit, r.idem_id = i.id AS is_of_the_operation
  FROM idem i JOIN ticket t ON t.idem_id = i.id JOIN response r ON r.ticket_id = t.id
 ORDER BY i.id DESC LIMIT 1
"""

STORED_TOGETHER = """
SELECT get_byte(i.key_sha256, 31) AS key, t.number, t.id, convert_from(i.body, 'UTF8') AS reply,
       r.text
  FROM idem i JOIN ticket t ON t.idem_id = i.id
  JOIN response r ON r.ticket_id = t.id AND r.idem_id = i.id
 ORDER BY t.number
"""

PREVIOUS = """
SELECT * FROM open_ticket(1, '1000', '1000', 1, decode(lpad('1', 64, '0'), 'hex'),
    '', '', 1, '', '', 'r', 1, 1, 'inbox', 'system@localhost', NULL, 's', 'A shoe', 20,
    '', 'said', 0, 1, '[', ',', ']')
"""
"""The ticket of a server that knows no open_tickets()."""


class OnPostgres(Place):
    """A server on a database of the cluster, which several places may share."""

    @property
    def location(self) -> str:
        return str(postgres.url_of(self.database))

    def newest(self) -> dict[str, Any]:
        with connection_to(self.location) as connection:
            connection.row_factory = dict_row  # type: ignore[assignment]
            row: Any = connection.execute(STORED).fetchone()
        return dict(row)

    def steps(self) -> int:
        """How many tickets the function did not store."""
        return self.tickiti("server", "logs").stdout.count("step by step")


@pytest.fixture(scope="module")
def place(server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnPostgres]:
    found = OnPostgres(tmp_path_factory.mktemp("place"))
    found.environment["PGPASSFILE"] = str(server.passfile)
    found._start()
    found.post(CREATE, body_of({}), "first")  # the requester is known from now on
    yield found
    found.stop()


@contextmanager
def without_the_function(place: OnPostgres) -> Iterator[None]:
    with connection_to(place.location) as connection:
        connection.execute("ALTER FUNCTION open_tickets RENAME TO gone")
        yield
        connection.execute("ALTER FUNCTION gone RENAME TO open_tickets")


@pytest.mark.parametrize("change", BODIES.values(), ids=BODIES)
def test_one_statement_stores_what_the_steps_store(
    place: OnPostgres, change: dict[str, Any]
) -> None:
    body, before = body_of(change), place.steps()
    keys = [f"same-key{uuid4()}" for _ in range(2)]
    first = place.post(CREATE, body, keys[0])
    at_once = place.newest()
    assert place.steps() == before
    with without_the_function(place):
        second = place.post(CREATE, body, keys[1])
    by_steps = place.newest()
    assert place.steps() == before + 1
    assert_alike(at_once, by_steps)
    for reply, row in ((first, at_once), (second, by_steps)):
        assert_told(reply, row)
    assert place.post(CREATE, body, keys[0])[2] == first[2]
    assert place.newest() == by_steps


def test_clients_that_share_a_transaction_get_each_the_reply_to_its_own_request(
    place: OnPostgres,
) -> None:
    told = told_at_once(place)
    with connection_to(place.location) as connection:
        stored = connection.execute(SUBJECTS).fetchall()
        transactions = connection.execute(
            "SELECT count(*), count(DISTINCT xmin::text) FROM ticket WHERE subject LIKE 'plain%'"
        ).fetchone()
    assert_own_replies(told, stored)
    assert transactions is not None
    assert transactions[1] < transactions[0]


def test_unknown_queue_leaves_the_key_unused(place: OnPostgres) -> None:
    body = body_of({"queue_name": "Sales"})
    refused, _, _ = place.post(CREATE, body, "of no queue")
    with connection_to(place.location) as connection:
        connection.execute("INSERT INTO queue (name, name_key) VALUES ('Sales', 'sales')")
    assert (refused, place.post(CREATE, body, "of no queue")[0]) == (422, 200)


def test_token_that_lost_its_ability_since_the_last_request_creates_nothing(
    place: OnPostgres,
) -> None:
    before = place.newest()
    with connection_to(place.location) as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT id, abilities FROM api_token")
        connection.execute("""UPDATE api_token SET abilities = '["ticket-index"]'""")
        status, _, _ = place.post(CREATE, body_of({}), "of no ability")
        connection.execute(
            "UPDATE api_token t SET abilities = k.abilities FROM kept k WHERE k.id = t.id"
        )
    assert (status, place.newest()) == (403, before)


def test_reply_of_another_server_is_told_where_the_request_would_be_refused_now(
    place: OnPostgres,
) -> None:
    other = OnPostgres(place.folder)
    other.environment = place.environment
    other._start("--name", "other")
    body = body_of({"template_identifier": "greeting", "data": {"name": "Marcus"}})
    with connection_to(place.location) as connection:
        connection.execute(
            "INSERT INTO template (identifier, type, category, subcategory, subject, content,"
            " enabled, created_at, updated_at)"
            " VALUES ('greeting', 'email', '', '', 'Hi {{name}}', 'Hello', 1, 1, 1)"
        )
        first = place.post(CREATE, body, "k")
        connection.execute("DELETE FROM template WHERE identifier = 'greeting'")
    again = other.post(CREATE, body, "k")
    unknown = other.post(CREATE, body, "k2")
    other.tickiti("server", "stop", "--name", "other")
    assert (first[0], again[0], again[2]) == (200, 200, first[2])
    assert unknown[0] == 422


def test_time_of_a_ticket_is_not_before_the_transaction_that_stores_it(url: str) -> None:
    """A request that has waited took its time before: an export has gone past that moment."""
    with connect(url) as connection:
        settled = settled_before(connection)
        (opened,) = open_tickets(connection, [early(1)]).opened
        times = connection.execute(
            "SELECT t.created_at AS opened, r.created_at AS said, i.created_at AS claimed"
            "  FROM ticket t JOIN response r ON r.ticket_id = t.id JOIN idem i ON i.id = t.idem_id"
        ).fetchone()
    assert opened is not None
    assert opened.reply == b"[220009,1]"
    assert times is not None
    assert times["opened"] == times["said"] >= settled
    assert times["claimed"] == 1  # the key is kept until the time that its reply announces


def test_each_ticket_of_a_batch_is_stored_or_left_to_the_steps_by_itself(url: str) -> None:
    with connect(url) as connection:
        open_tickets(connection, [early(5)])
        batch = [
            early(7),
            early(5),  # a key that is taken
            early(3)._replace(queue_key="nowhere"),
            early(4)._replace(email_key="nobody@example.com"),
            early(6)._replace(tokens_as_of=2),
            early(2)._replace(stamp=lambda: None),
            early(1)._replace(author_id=1, text="said", is_internal=True),
        ]
        answer = open_tickets(connection, batch)
        stored = connection.execute(STORED_TOGETHER).fetchall()
    assert [one and one.reply for one in answer.opened] == [
        # In the order of their keys, which other servers keep too.
        b"[220011,3]", None, None, None, None, None, b"[220010,2]",
    ]  # fmt: skip
    assert answer.token_version == 1
    assert [list(row.values()) for row in stored] == [
        [5, 220_009, 1, "[220009,1]", ""],
        [1, 220_010, 2, "[220010,2]", "said"],
        [7, 220_011, 3, "[220011,3]", ""],
    ]


def test_key_that_is_twice_in_a_batch_is_claimed_once(url: str) -> None:
    with connect(url) as connection:
        found = open_tickets(connection, [early(1), early(1)]).opened
        stored = connection.execute(STORED_TOGETHER).fetchall()
    assert [one and one.reply for one in found] == [b"[220009,1]", None]
    assert len(stored) == 1


def test_ticket_with_a_higher_number_is_never_the_older_one(url: str) -> None:
    with connect(url) as connection:
        for batch in range(3):
            open_tickets(connection, [early(batch * 64 + key) for key in reversed(range(64))])
        rows = connection.execute("SELECT created_at FROM ticket ORDER BY number").fetchall()
    times = [row["created_at"] for row in rows]
    assert (len(times), times) == (192, sorted(times))


def test_server_of_the_previous_version_stores_its_tickets_in_the_new_schema(url: str) -> None:
    with connect(url) as connection:
        row = connection.execute(PREVIOUS).fetchone()
        stored = connection.execute(STORED_TOGETHER).fetchall()
    assert row == {"token_version": 1, "reply": b"[220009,1]"}
    assert [list(row.values()) for row in stored] == [[1, 220_009, 1, "[220009,1]", "said"]]


def early(key: int) -> Opening:
    """An opening that took its time long ago."""
    return opening(key)._replace(email_key="system@localhost", tokens_as_of=1)
