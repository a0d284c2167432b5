"""A database that cannot be used is refused at the start, in a sentence that says what to do."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.cluster import Cluster, free_port
from tests.support.postgres import connection_to
from tests.support.waiting import wait_until
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import (
    accept_durability,
    check_database,
    open_database,
    prepare_database,
)
from tickiti_server.store.postgres import prepare
from tickiti_server.store.postgres.locks import MIGRATION
from tickiti_server.store.upgrades import Migration

WAITING = """
SELECT count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND NOT granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

PASSWORD = "of-the-shop"
"""Of the roles that the tests make. PGPASSWORD goes before the file of the cluster."""


def refusal(call: Callable[[str], Any], url: str) -> str:
    with pytest.raises(DatabaseUnusable) as refused:
        call(url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def shop(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a migrated database for a role without rights."""
    role = f"shop_{url.rpartition('/')[2]}"
    with connection_to(url) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return re.sub("//tickiti@", f"//{role}@", url)


def user_of(url: str) -> str:
    return url.partition("//")[2].partition("@")[0]


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        (r"/t_\w+$", "/t_none", "Create it: createdb --owner USER"),
        ("//tickiti@", "//nobody@", "Put the password into ~/.pgpass"),
        (r"$", "?options=-c%20default_transaction_read_only%3Don", "Name the primary"),
    ],
)
def test_reason_of_libpq_comes_with_the_next_step(
    empty: str, old: str, new: str, hint: str
) -> None:
    assert hint in refusal(prepare_database, re.sub(old, new, empty, count=1))


def test_wrong_password_names_the_file_and_is_not_repeated(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "geheim")
    said = refusal(prepare_database, empty)
    assert "PGPASSFILE" in said
    assert "geheim" not in said


def test_unknown_parameter_of_a_url_is_named(empty: str) -> None:
    assert "no parameter ssl_mode." in refusal(prepare_database, f"{empty}?ssl_mode=require")


def test_unreadable_url_is_not_repeated(empty: str) -> None:
    url = empty.replace("//tickiti@", "//tickiti%00geheim@")
    assert refusal(prepare_database, url) == "The URL of the database cannot be read."


def test_user_without_rights_is_referred_to_the_owner(shop: str) -> None:
    for call in (prepare_database, open_database, check_database):
        assert "The owner of the tables grants the missing right" in refusal(call, shop)


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("INSERT ON idem FROM {user}", "may not write idem."),
        ("DELETE ON outbox FROM {user}", "may not write outbox."),
        ("UPDATE ON SEQUENCE ticket_number FROM {user}", "may not write ticket_number."),
        ("EXECUTE ON FUNCTION open_tickets FROM PUBLIC", "may not call open_tickets()."),
    ],
)
def test_missing_right_is_found_before_a_request_needs_it(
    shop: str, lacking: str, said: str
) -> None:
    user = user_of(shop)
    with connection_to(shop) as connection:
        for what in (
            "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES",
            "USAGE, SELECT, UPDATE ON ALL SEQUENCES",
        ):
            connection.execute(f"GRANT {what} IN SCHEMA public TO {user}")
        # The history of the tables belongs to the owner alone.
        connection.execute(f"REVOKE INSERT, UPDATE, DELETE ON schema_migration FROM {user}")
        assert prepare_database(shop) == []
        connection.execute(f"REVOKE {lacking.format(user=user)}")
    assert f"The user {user} of the database {said}" in refusal(open_database, shop)


def test_user_without_a_schema_of_its_own_may_create_no_table(
    server: Cluster, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"new_{empty.rpartition('/')[2]}"
    with server.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    said = refusal(prepare_database, re.sub("//tickiti@", f"//{role}@", empty))
    assert "Make the user the owner of the database" in said


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE TABLE ticket (id INT)",
        "CREATE TABLE queue (id INT)",
        "CREATE TABLE schema_migration (version TEXT)",
        "CREATE VIEW setting AS SELECT 1 AS one",
        "CREATE FUNCTION instr(TEXT, TEXT) RETURNS BIGINT LANGUAGE sql AS 'SELECT 1::BIGINT'",
        "CREATE EXTENSION pg_trgm; CREATE SCHEMA own; ALTER DATABASE {name} SET search_path = own",
    ],
)
def test_objects_of_another_program_are_refused_and_kept(empty: str, foreign: str) -> None:
    with connection_to(empty) as connection:
        connection.execute(foreign.format(name=empty.rpartition("/")[2]))
    with connection_to(empty) as connection:
        count = "SELECT count(*) FROM pg_class"
        before = connection.execute(count).fetchone()
        assert "name an empty database" in refusal(prepare_database, empty)
        assert connection.execute(count).fetchone() == before


def test_search_path_without_a_schema_is_named(empty: str) -> None:
    said = refusal(prepare_database, f"{empty}?options=-c%20search_path%3Dnone")
    assert "ALTER ROLE ... RESET search_path" in said


@pytest.mark.parametrize(
    ("name", "value"), [("session_replication_role", "replica"), ("transform_null_equals", "on")]
)
def test_setting_that_changes_what_statements_do_is_refused(
    url: str, name: str, value: str
) -> None:
    """Without triggers, say, a revoked token would go on working on the other servers."""
    with connection_to(url) as connection:
        connection.execute(f'ALTER DATABASE "{url.rpartition("/")[2]}" SET {name} = {value}')
    for call in (prepare_database, open_database):
        assert f"{name} = {value}" in refusal(call, url)


def test_timeouts_of_the_database_do_not_end_a_start(empty: str) -> None:
    name = empty.rpartition("/")[2]
    with connection_to(empty) as other, ThreadPoolExecutor(1) as starts:
        other.execute(f'ALTER DATABASE "{name}" SET idle_in_transaction_session_timeout = 1')
        for timeout in ("statement_timeout", "lock_timeout"):
            other.execute(f'ALTER DATABASE "{name}" SET {timeout} = 500')
        with other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION])
            started = starts.submit(prepare_database, empty)
            wait_until(lambda: other.execute(WAITING).fetchone() == (1,))
            time.sleep(1)
        assert started.result()[0] == "0013_initial.sql"
    assert accept_durability(empty, unsafe=False) == []


def test_pooler_that_lets_nobody_in_is_named(url: str) -> None:
    said = refusal(open_database, f"{url}?pooler=127.0.0.1:{free_port()}")
    assert said.startswith("PgBouncer cannot be used: ")
    assert "Connection refused" in said


@pytest.mark.parametrize("wanted", ["any", "prefer-standby"])
def test_requests_reach_no_standby(url: str, wanted: str) -> None:
    said = refusal(open_database, f"{url}?target_session_attrs={wanted}")
    assert "lets requests reach a standby" in said


def test_older_postgresql_is_refused_by_its_version(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection_to(empty) as connection:
        version = connection.info.server_version // 10_000
    monkeypatch.setattr(prepare, "OLDEST", version + 1)
    said = f"PostgreSQL {version} is too old: the server needs {version + 1}."
    assert refusal(prepare_database, empty) == said


def test_missing_extension_comes_with_its_package(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = [Migration(13, "0013_a.sql", "CREATE EXTENSION none_such")]
    monkeypatch.setattr(prepare, "missing_migrations", lambda *_: wanting)
    assert "pg_trgm, which is in Debian's package" in refusal(prepare_database, empty)
