"""A start waits for a locked table for a short time, and says who has locked it."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.postgres import connection_to
from tests.support.waiting import wait_until
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import check_database, open_database, prepare_database
from tickiti_server.store.postgres import locks
from tickiti_server.store.postgres.upkeep import held_tables

WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_tables, "WAIT_SECONDS", 2)
    monkeypatch.setattr(held_tables, "LOOK_SECONDS", 0.2)


@pytest.mark.parametrize("call", [prepare_database, open_database, check_database])
@pytest.mark.parametrize("table", ["setting", "schema_migration"])
def test_the_table_and_its_holder_are_named(
    url: str, call: Callable[[str], Any], table: str
) -> None:
    with connection_to(url) as other, other.transaction():
        pid = other.info.backend_pid
        other.execute("SET LOCAL application_name = 'nightly'")
        other.execute(f"LOCK TABLE {table}")
        with pytest.raises(DatabaseUnusable) as refused:
            call(url)
    assert re.fullmatch(
        rf"The table {table} is locked by another session of PostgreSQL, process {pid} \(nightly,"
        rf" user tickiti\), whose transaction began \d+ s ago\. Wait for its end, or end it: SELECT"
        rf" pg_terminate_backend\({pid}\)\.",
        str(refused.value),
    )
    prepare_database(url)


def test_a_start_waits_for_another_one_that_migrates_as_long_as_it_takes(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_tables, "WAIT_SECONDS", 1)
    ended = threading.Event()
    start = threading.Thread(target=lambda: (prepare_database(url), ended.set()))
    with connection_to(url) as other:
        with other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", [locks.MIGRATION])
            start.start()
            wait_until(lambda: other.execute(WAITERS).fetchone() == (1,))
            assert not ended.wait(2)
        start.join(20)
    assert ended.is_set()
