"""The SQLite driver: what a transaction promises, and what happens when it cannot keep it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store import queues
from tickiti_server.store.database import (
    Database,
    DatabaseUnusable,
    Transaction,
    open_database,
    prepare_database,
)
from tickiti_server.store.migrate import known_migrations
from tickiti_server.store.sqlite import APPLICATION_ID, batches

Scenario = Callable[[Database], Coroutine[Any, Any, Any]]


def run(path: Path, scenario: Scenario) -> Any:
    """Run a scenario on a new database, and close it."""

    async def whole() -> Any:
        prepare_database(path)
        database = open_database(path)
        try:
            return await scenario(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def queue_names(tx: Transaction) -> list[str]:
    return [row["name"] for row in tx.all("SELECT name FROM queue ORDER BY id")]


def test_what_one_operation_wrote_the_next_read_sees(tmp_path: Path) -> None:
    async def scenario(database: Database) -> list[str]:
        await database.write(lambda tx: queues.add(tx, "Sales"))
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Sales"]


def test_an_operation_that_fails_undoes_itself_alone(tmp_path: Path) -> None:
    def fail_late(tx: Transaction) -> None:
        queues.add(tx, "Never")
        raise LookupError("late")

    async def scenario(database: Database) -> list[str]:
        good = [database.write(lambda tx, n=n: queues.add(tx, f"Q{n}")) for n in range(5)]
        results = await asyncio.gather(
            *good[:2], database.write(fail_late), *good[2:], return_exceptions=True
        )
        assert [type(result) for result in results].count(LookupError) == 1
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Q0", "Q1", "Q2", "Q3", "Q4"]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def scenario(database: Database) -> None:
        for quick in (True, False):
            with pytest.raises(Exception, match=r"did not confirm"):
                await database.read(lambda tx: queues.add(tx, "Sales"), quick=quick)

    run(tmp_path / "t.db", scenario)


def test_a_full_queue_refuses_before_any_effect_and_loses_nothing(tmp_path: Path) -> None:
    gate = threading.Event()

    async def scenario(database: Database) -> int:
        blocked = asyncio.ensure_future(database.write(lambda _: gate.wait(20)))
        await asyncio.sleep(0.2)
        waiting = [
            asyncio.ensure_future(database.write(lambda tx, n=n: queues.add(tx, f"Q{n}")))
            for n in range(batches.MOST_WAITING - 1)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await database.write(lambda tx: queues.add(tx, "Refused"))
        gate.set()
        await asyncio.gather(blocked, *waiting)
        names = await database.read(queue_names)
        assert "Refused" not in names
        return len(names)

    assert run(tmp_path / "t.db", scenario) == batches.MOST_WAITING


def test_the_writer_still_answers_after_an_idle_spell_has_emptied_the_log(tmp_path: Path) -> None:
    async def scenario(database: Database) -> int:
        await database.write(lambda tx: queues.add(tx, "Before"))
        log = tmp_path / "t.db-wal"
        for _ in range(100):
            if log.stat().st_size == 0:
                break
            await asyncio.sleep(0.05)
        size = log.stat().st_size
        await asyncio.wait_for(database.write(lambda tx: queues.add(tx, "After")), 5)
        return size

    assert run(tmp_path / "t.db", scenario) == 0


def test_a_caller_that_stops_waiting_does_not_stop_its_operation(tmp_path: Path) -> None:
    async def scenario(database: Database) -> list[str]:
        task = asyncio.ensure_future(database.write(lambda tx: queues.add(tx, "Sales")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.write(lambda _: None)
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Sales"]


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    first, *_ = everything = prepare_database(path)
    assert (first, everything) == ("0001_initial.sql", sorted(everything))
    assert prepare_database(path) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO schema_migration (number, name) VALUES (999, 'future')")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="newer tickiti"):
        prepare_database(path)


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (id)")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="another program"):
        prepare_database(path)
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    connection.close()
    assert tables == [("theirs",)]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database, but long enough to be read as one\n" * 100)
    with pytest.raises(DatabaseUnusable, match="cannot be used"):
        prepare_database(path)


def test_folded_folds_all_of_unicode(tmp_path: Path) -> None:
    async def scenario(database: Database) -> Any:
        row = await database.read(
            lambda tx: tx.one("SELECT folded(:text) AS low", {"text": "MU\u0308LLER  STRASSE"})
        )
        return row["low"]

    assert run(tmp_path / "t.db", scenario) == "m\u00fcller strasse"


def test_roles_come_from_what_an_older_version_knew_of_staff(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    initial, *_ = known_migrations("sqlite")
    old = sqlite3.connect(path)
    old.executescript(
        f"PRAGMA application_id = {APPLICATION_ID};"
        "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT);"
        "INSERT INTO schema_migration VALUES (1, '0001_initial.sql', '');"
        f"{initial.sql}"
        "INSERT INTO person (email, email_key, is_staff, created_at) VALUES"
        " ('a@b', 'a@b', 0, 1), ('C@d', 'c@d', 1, 2);"
    )
    old.close()
    prepare_database(path)
    new = sqlite3.connect(path)
    found = new.execute("SELECT email, role, is_sysadmin, name FROM person ORDER BY id").fetchall()
    new.close()
    assert found == [("system@localhost", 3, 1, None), ("a@b", 0, 0, None), ("C@d", 1, 0, None)]
