"""Transactions: work runs again where another one won or a connection was lost, and never twice."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.support.cluster import Cluster
from tests.support.postgres import connection_to
from tickiti_cli.contract.errors import (
    KeyInProgress,
    Overloaded,
    PayloadTooLarge,
    StorageUnavailable,
    ValidationFailed,
)
from tickiti_server.store.access import idempotency
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import open_database
from tickiti_server.store.postgres import database as driver
from tickiti_server.store.postgres.connection import connect
from tickiti_server.store.postgres.errors import CommitUnknown
from tickiti_server.store.postgres.outcome import commit

KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tickiti'"


def run(url: str, scenario: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    async def whole() -> Any:
        database = open_database(url)
        try:
            return await scenario(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def add_queue(tx: Transaction, name: str) -> int:
    return tx.insert(
        "INSERT INTO queue (name, name_key) VALUES (:name, :name) ON CONFLICT DO NOTHING",
        {"name": name},
    )


def names(tx: Transaction) -> list[str]:
    return [row["name"] for row in tx.all("SELECT name FROM queue ORDER BY id")]


def test_a_write_is_seen_by_the_next_read(url: str) -> None:
    async def scenario(database: Any) -> Any:
        new = await database.write(lambda tx: add_queue(tx, "Sales"))
        taken = await database.write(lambda tx: add_queue(tx, "Sales"))
        return new, taken, await database.read(names), await database.read(names, quick=True)

    assert run(url, scenario) == (2, 0, ["Inbox", "Sales"], ["Inbox", "Sales"])


@pytest.mark.parametrize("said", ["client_encoding=LATIN1", "options=-cclient_encoding%3DLATIN1"])
def test_every_text_is_stored_whatever_encoding_the_url_names(url: str, said: str) -> None:
    async def scenario(database: Any) -> Any:
        await database.write(lambda tx: add_queue(tx, "Обувь \u2603"))
        return await database.read(names), await database.read(names, quick=True)

    assert run(f"{url}?{said}", scenario) == (["Inbox", "Обувь \u2603"],) * 2


def test_an_error_rolls_back_its_own_work_alone(url: str) -> None:
    def fail(tx: Transaction) -> None:
        add_queue(tx, "Lost")
        raise ValueError("no")

    async def scenario(database: Any) -> Any:
        with pytest.raises(ValueError, match="no"):
            await database.write(fail)
        await database.write(lambda tx: add_queue(tx, "Kept"))
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Kept"]


def test_a_read_cannot_write(url: str) -> None:
    async def scenario(database: Any) -> Any:
        with pytest.raises(StorageUnavailable):
            await database.read(lambda tx: add_queue(tx, "Sneaked"))
        return await database.read(names)

    assert run(url, scenario) == ["Inbox"]


def test_check_then_insert_runs_again_and_finds_the_winner(url: str) -> None:
    """Both look, both find nothing, and the second one's insert fails: its next run finds the row
    and raises the error of its own."""
    both_have_looked = threading.Barrier(2, timeout=20)
    runs: list[str] = []

    def add(tx: Transaction) -> int:
        runs.append(threading.current_thread().name)
        if tx.one("SELECT 1 FROM queue WHERE name = 'Sales'"):
            raise ValidationFailed("The queue exists.")
        if len(runs) <= 2:
            both_have_looked.wait()
        return tx.insert("INSERT INTO queue (name, name_key) VALUES ('Sales', 'sales')")

    async def scenario(database: Any) -> Any:
        return await asyncio.gather(
            database.write(add), database.write(add), return_exceptions=True
        )

    results = run(url, scenario)
    assert len(runs) == 3
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [
        ValidationFailed
    ]
    assert "The queue exists." in [str(result) for result in results]


def test_a_violation_that_every_run_meets_is_a_422_in_the_end(url: str) -> None:
    runs = []

    def add(tx: Transaction) -> None:
        runs.append(1)
        tx.insert("INSERT INTO queue (name, name_key) VALUES ('Inbox', 'inbox')")

    async def scenario(database: Any) -> None:
        with pytest.raises(ValidationFailed, match="has just stored the same name"):
            await database.write(add)

    run(url, scenario)
    assert len(runs) == driver.RUNS


def test_of_two_locked_rows_in_both_orders_both_writes_succeed(url: str) -> None:
    """A deadlock: PostgreSQL ends one of the two, which runs again."""
    run(url, lambda database: database.write(lambda tx: add_queue(tx, "Sales")))
    both_have_one = threading.Barrier(2, timeout=20)

    def swap(first: int, second: int) -> Callable[[Transaction], None]:
        runs = []

        def work(tx: Transaction) -> None:
            runs.append(1)
            for queue in (first, second):
                tx.execute(
                    "UPDATE queue SET is_parked = is_parked + 1 WHERE id = :id", {"id": queue}
                )
                if queue == first and len(runs) == 1:
                    both_have_one.wait()

        return work

    async def scenario(database: Any) -> Any:
        await asyncio.gather(database.write(swap(1, 2)), database.write(swap(2, 1)))
        return await database.read(
            lambda tx: [r["is_parked"] for r in tx.all("SELECT * FROM queue")]
        )

    assert run(url, scenario) == [2, 2]


def test_a_connection_lost_before_commit_loses_and_doubles_nothing(url: str) -> None:
    runs = []

    def add(tx: Transaction) -> None:
        runs.append(1)
        add_queue(tx, f"Sales {len(runs)}")
        if len(runs) == 1:
            with connection_to(url) as other:
                other.execute(KILL)
            tx.one("SELECT 1")

    async def scenario(database: Any) -> Any:
        await database.write(add)
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Sales 2"]


def test_a_lost_reply_to_commit_is_unavailable_and_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    def commit_and_lose_the_reply(connection: Any) -> None:
        connection.execute("COMMIT")
        raise driver.CommitUnknown("the connection was closed")

    def add(tx: Transaction) -> None:
        runs.append(1)
        add_queue(tx, "Sales")

    async def scenario(database: Any) -> Any:
        monkeypatch.setattr(driver, "commit", commit_and_lose_the_reply)
        with pytest.raises(StorageUnavailable):
            await database.write(add)
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Sales"]
    assert runs == [1]


def test_closed_connections_are_replaced(url: str) -> None:
    async def scenario(database: Any) -> Any:
        await asyncio.gather(*[database.read(names) for _ in range(8)])
        with connection_to(url) as other:
            other.execute(KILL)
        return await asyncio.gather(
            *[database.read(names, quick=True) for _ in range(8)],
            *[database.write(lambda tx: add_queue(tx, "Sales")) for _ in range(8)],
        )

    found = run(url, scenario)
    assert [read[0] for read in found[:8]] == ["Inbox"] * 8
    assert [new for new in found[8:] if new] == [2]


def test_an_ignored_error_is_no_commit(url: str) -> None:
    """COMMIT of a failed transaction rolls back without an error."""

    def ignore(tx: Transaction) -> None:
        add_queue(tx, "Lost")
        with suppress(psycopg.Error):
            tx.one("SELECT 1 FROM no_such_table")

    async def scenario(database: Any) -> Any:
        with pytest.raises(AssertionError):
            await database.write(ignore)
        return await database.read(names)

    assert run(url, scenario) == ["Inbox"]


KEY = {
    "family_id": 1, "key_sha256": b"k", "key_hint": "k", "operation": "POST /", "fp_version": 1,
    "fp_raw": b"", "fp_canon": b"", "request_id": "r", "created_at": 1, "ran_at": 1,
}  # fmt: skip


CLAIM_ELSEWHERE = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon, status,
                  body, request_id, created_at)
VALUES (1, 'k', 'k', 'POST /', 1, '', '', 200, '', 'r', 1)
"""


def test_a_key_in_progress_elsewhere_is_waited_for(url: str) -> None:
    """The second process waits in its INSERT until the first one commits."""

    async def scenario(database: Any) -> Any:
        with connection_to(url) as other, other.transaction():
            other.execute(CLAIM_ELSEWHERE)
            claim = asyncio.create_task(database.write(lambda tx: idempotency.claim_key(tx, **KEY)))
            done, _ = await asyncio.wait([claim], timeout=0.3)
            assert not done
        return await claim

    assert run(url, scenario) is None


def test_a_key_that_is_in_progress_for_too_long_is_named(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "_BEGIN_WRITE", driver._BEGIN_WRITE.replace("5000", "200", 1))

    async def scenario(database: Any) -> None:
        with connection_to(url) as other, other.transaction():
            other.execute(CLAIM_ELSEWHERE)
            other.execute("UPDATE queue SET name = 'Held' WHERE id = 1")
            with pytest.raises(KeyInProgress):
                await database.write(lambda tx: idempotency.claim_key(tx, **KEY))
            with pytest.raises(Overloaded, match="hold the same rows"):
                await database.write(lambda tx: tx.execute("UPDATE queue SET is_parked = 1"))

    run(url, scenario)


def test_a_read_that_takes_too_long_is_ended(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_BEGIN_READ", driver._BEGIN_READ.replace("5000", "200", 1))

    async def scenario(database: Any) -> None:
        with pytest.raises(Overloaded, match="took longer than 5 seconds"):
            await database.read(lambda tx: tx.one("SELECT pg_sleep(20)"))

    run(url, scenario)


def test_a_write_that_takes_too_long_is_ended_and_rolled_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "_BEGIN_WRITE", driver._BEGIN_WRITE.replace("30000", "200"))

    def slow(tx: Transaction) -> None:
        add_queue(tx, "Sales")
        tx.one("SELECT pg_sleep(20)")

    async def scenario(database: Any) -> Any:
        with pytest.raises(Overloaded, match="A write took longer than 30 seconds"):
            await database.write(slow)
        return await database.read(names)

    assert run(url, scenario) == ["Inbox"]


def test_a_closed_database_is_unavailable(url: str) -> None:
    async def scenario(database: Any) -> None:
        await database.close()
        for call in (database.read, database.write):
            with pytest.raises(StorageUnavailable):
                await call(names)

    run(url, scenario)


def test_closing_ends_a_read_that_runs(url: str) -> None:
    async def scenario(database: Any) -> Any:
        read = asyncio.create_task(database.read(lambda tx: tx.one("SELECT pg_sleep(4)")))
        await asyncio.sleep(0.3)
        await asyncio.wait_for(database.close(), 3)
        return await asyncio.gather(read, return_exceptions=True)

    (result,) = run(url, scenario)
    assert isinstance(result, Overloaded)


def test_too_many_bytes_are_refused_and_few_rows_are_cut(url: str) -> None:
    many = "SELECT repeat('x', 1000000) AS text FROM generate_series(1, :most)"

    async def scenario(database: Any) -> Any:
        with pytest.raises(PayloadTooLarge):
            await database.read(lambda tx: tx.all(many, {"most": 80}))
        cut = await database.read(lambda tx: tx.few(many, {"most": 80}, most=2_500_000))
        all_of_them = await database.read(lambda tx: tx.few(many, {"most": 2}, most=2_500_000))
        return [(len(rows), is_all) for rows, is_all in (cut, all_of_them)]

    assert run(url, scenario) == [(2, False), (2, True)]


def test_numbers_are_above_every_other_and_begin_as_in_the_documentation(url: str) -> None:
    async def scenario(database: Any) -> Any:
        def number(tx: Transaction) -> int:
            row = tx.one(f"SELECT {tx.next_ticket_number} AS number")
            assert row is not None
            return int(row["number"])

        return [await database.write(number) for _ in range(3)]

    assert run(url, scenario) == [220_009, 220_010, 220_011]


def test_a_database_that_is_gone_is_unavailable_and_comes_back(server: Cluster, url: str) -> None:
    async def scenario(database: Any) -> Any:
        await database.write(lambda tx: add_queue(tx, "Before"))
        await asyncio.to_thread(server.stop)
        for call in (database.read, database.write):
            with pytest.raises(StorageUnavailable, match="not available; nothing was changed"):
                await call(names)
        server.start()  # in this thread, which the cluster ends with
        await database.write(lambda tx: add_queue(tx, "After"))
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Before", "After"]


def test_a_silent_database_is_unavailable_after_a_while(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for a thread by then is dropped; what runs goes on."""
    monkeypatch.setattr(driver, "WRITE_ANSWER_SECONDS", 0.5)
    goes_on = threading.Event()
    started: list[int] = []

    def wait(tx: Transaction) -> None:
        started.append(len(started))
        add_queue(tx, f"Slow {threading.get_ident()}")
        goes_on.wait(20)

    async def scenario(database: Any) -> None:
        many = driver.WRITERS + 3
        results = await asyncio.gather(
            *[database.write(wait) for _ in range(many)], return_exceptions=True
        )
        assert [type(result) for result in results] == [StorageUnavailable] * many
        goes_on.set()
        monkeypatch.undo()
        await database.write(lambda tx: add_queue(tx, "After"))

    run(url, scenario)
    assert 1 <= len(started) <= driver.WRITERS
    stored = run(url, lambda database: database.read(names))
    assert len([name for name in stored if name.startswith("Slow")]) == len(started)
    assert "After" in stored


def test_connections_of_a_primary_that_became_a_standby_are_replaced(url: str) -> None:
    """They work, and are read only: of PgBouncer, say, which reaches another machine now."""
    has_each = threading.Barrier(driver.LOOKUPS, timeout=20)

    def become_read_only(tx: Transaction) -> None:
        tx.one("SELECT 1")
        has_each.wait()
        tx.execute("SET default_transaction_read_only = on")

    async def scenario(database: Any) -> Any:
        await asyncio.gather(
            *[database.read(become_read_only, quick=True) for _ in range(driver.LOOKUPS)]
        )
        await database.write(lambda tx: add_queue(tx, "Sales"))
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Sales"]


def test_connections_that_the_database_ends_for_idleness_are_replaced(url: str) -> None:
    with connection_to(url) as connection:
        name = url.rpartition("/")[2]
        connection.execute(f'ALTER DATABASE "{name}" SET idle_session_timeout = 200')

    async def scenario(database: Any) -> Any:
        for new in ("Sales", "Support"):
            await asyncio.sleep(0.5)
            await database.write(lambda tx, new=new: add_queue(tx, new))
            await asyncio.sleep(0.5)
            assert new in await database.read(names)
            await asyncio.sleep(0.5)
            assert new in await database.read(names, quick=True)

    run(url, scenario)


def test_database_closes_although_postgresql_is_silent(server: Cluster, url: str) -> None:
    """A search still runs. What cancels it is a new connection, which nobody answers."""

    async def scenario() -> None:
        database = open_database(url)
        search = asyncio.create_task(database.read(lambda tx: tx.one("SELECT pg_sleep(3)")))
        await asyncio.sleep(0.5)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            await database.close()
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await asyncio.gather(search, return_exceptions=True)

    asyncio.run(scenario())


def test_commit_with_a_warning_is_unknown(url: str) -> None:
    """As where an administrator cancels the wait for a standby; here nothing was begun."""
    with connect(url) as connection, pytest.raises(CommitUnknown, match="no transaction"):
        commit(connection)


def test_commit_is_known_although_a_session_is_shown_the_log(url: str) -> None:
    with connection_to(url) as connection:
        name = url.rpartition("/")[2]
        for setting in ("client_min_messages = log", "log_min_duration_statement = 0"):
            connection.execute(f'ALTER DATABASE "{name}" SET {setting}')

    async def scenario(database: Any) -> Any:
        await database.write(lambda tx: add_queue(tx, "Sales"))
        return await database.read(names)

    assert run(url, scenario) == ["Inbox", "Sales"]


@pytest.mark.parametrize(
    "right", ["ALTER TABLE queue RENAME TO gone", "DROP SCHEMA public CASCADE"]
)
def test_tables_that_an_administrator_takes_away_are_unavailable(url: str, right: str) -> None:
    """While pg_restore replaces them, say. A client sends its request again."""

    async def scenario(database: Any) -> None:
        with connection_to(url) as connection:
            connection.execute(right)
        for call in (database.read(names), database.write(lambda tx: add_queue(tx, "Sales"))):
            with pytest.raises(StorageUnavailable):
                await call

    run(url, scenario)
