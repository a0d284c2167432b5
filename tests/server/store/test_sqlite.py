"""The SQLite driver keeps the promises of a transaction, or refuses."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import queue_names, run
from tickiti_cli.contract.errors import Overloaded, ValidationFailed
from tickiti_server.store.helpdesk import people, queues
from tickiti_server.store.interface import Database, DatabaseUnusable, Transaction
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite import commit_queue
from tickiti_server.store.sqlite.database import APPLICATION_ID
from tickiti_server.store.sqlite.files import integrity
from tickiti_server.store.sqlite.files.integrity import wal_path
from tickiti_server.store.upgrades import known_migrations

pytestmark = pytest.mark.sqlite  # the driver itself

INBOX_AGAIN: dict[str, Any] = {
    "name": "INBOX", "outgoing_mailbox_id": None, "track_resolutions": False,
    "is_parked": False, "release_queue_id": None, "content_type": None,
}  # fmt: skip

Scenario = Callable[[Database], Coroutine[Any, Any, Any]]


def test_committed_write_is_seen_by_the_next_read(tmp_path: Path) -> None:
    async def scenario(database: Database) -> list[str]:
        await database.write(lambda tx: queues.add_queue(tx, "Sales"))
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Sales"]


def test_failed_operation_rolls_back_alone(tmp_path: Path) -> None:
    def fail_late(tx: Transaction) -> None:
        queues.add_queue(tx, "Never")
        raise LookupError("late")

    async def scenario(database: Database) -> list[str]:
        good = [database.write(lambda tx, n=n: queues.add_queue(tx, f"Q{n}")) for n in range(5)]
        results = await asyncio.gather(
            *good[:2], database.write(fail_late), *good[2:], return_exceptions=True
        )
        assert [type(result) for result in results].count(LookupError) == 1
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Q0", "Q1", "Q2", "Q3", "Q4"]


def test_a_refused_write_of_a_batch_of_one_runs_once(tmp_path: Path) -> None:
    runs: list[int] = []

    def refuse(tx: Transaction) -> None:
        runs.append(tx.execute("UPDATE queue SET name = 'Never'"))
        raise LookupError("refused")

    async def scenario(database: Database) -> list[str]:
        with pytest.raises(LookupError, match="refused"):
            await database.write(refuse)
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox"]
    assert runs == [1]


def test_first_commit_after_a_refused_write_names_its_database_in_the_wal(
    tmp_path: Path,
) -> None:
    """The refused write is the first of a new log, whose first commit holds the identity."""
    path = tmp_path / "t.db"

    def refuse(_tx: Transaction) -> None:
        raise LookupError("refused")

    async def scenario(database: Database) -> tuple[int, int]:
        with pytest.raises(LookupError):
            await database.write(refuse)
        await database.write(lambda tx: queues.add_queue(tx, "Sales"))
        with wal_path(path).open("rb") as log:
            in_log = integrity._identify(log).identity
        return in_log, int.from_bytes(path.read_bytes()[60:64], "big")

    in_log, in_database = run(path, scenario)
    assert in_log == in_database != 0


def test_a_unique_violation_is_a_422_and_changes_nothing(tmp_path: Path) -> None:
    async def scenario(database: Database) -> list[str]:
        with pytest.raises(ValidationFailed, match="has just stored the same name"):
            await database.write(lambda tx: queues.insert_queue(tx, **INBOX_AGAIN))
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox"]


def test_a_person_added_by_another_writer_is_found_instead(tmp_path: Path) -> None:
    async def scenario(database: Database) -> tuple[int, int]:
        first = await database.write(lambda tx: people.add_person(tx, "anna@b.example", now=1))
        again = await database.write(lambda tx: people.add_person(tx, "Anna@b.example", now=2))
        return first, again

    first, again = run(tmp_path / "t.db", scenario)
    assert first == again != 0


def test_reader_cannot_write(tmp_path: Path) -> None:
    async def scenario(database: Database) -> None:
        for quick in (True, False):
            with pytest.raises(Exception, match=r"did not confirm"):
                await database.read(lambda tx: queues.add_queue(tx, "Sales"), quick=quick)

    run(tmp_path / "t.db", scenario)


def test_full_commit_queue_refuses_without_effect(tmp_path: Path) -> None:
    gate = threading.Event()

    async def scenario(database: Database) -> int:
        blocked = asyncio.ensure_future(database.write(lambda _: gate.wait(20)))
        await asyncio.sleep(0.2)
        waiting = [
            asyncio.ensure_future(database.write(lambda tx, n=n: queues.add_queue(tx, f"Q{n}")))
            for n in range(commit_queue.MOST_WAITING - 1)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await database.write(lambda tx: queues.add_queue(tx, "Refused"))
        gate.set()
        await asyncio.gather(blocked, *waiting)
        names = await database.read(queue_names)
        assert "Refused" not in names
        return len(names)

    assert run(tmp_path / "t.db", scenario) == commit_queue.MOST_WAITING


def test_writer_answers_after_an_idle_checkpoint(tmp_path: Path) -> None:
    async def scenario(database: Database) -> int:
        await database.write(lambda tx: queues.add_queue(tx, "Before"))
        log = tmp_path / "t.db-wal"
        for _ in range(100):
            if log.stat().st_size == 0:
                break
            await asyncio.sleep(0.05)
        size = log.stat().st_size
        await asyncio.wait_for(database.write(lambda tx: queues.add_queue(tx, "After")), 5)
        return size

    assert run(tmp_path / "t.db", scenario) == 0


def test_cancelled_caller_does_not_stop_its_operation(tmp_path: Path) -> None:
    async def scenario(database: Database) -> list[str]:
        task = asyncio.ensure_future(database.write(lambda tx: queues.add_queue(tx, "Sales")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.write(lambda _: None)
        return await database.read(queue_names)

    assert run(tmp_path / "t.db", scenario) == ["Inbox", "Sales"]


def test_prepare_of_a_prepared_database_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    first, *_ = everything = prepare_database(path)
    assert (first, everything) == ("0001_initial.sql", sorted(everything))
    assert prepare_database(path) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO schema_migration (number, name) VALUES (999, 'future')")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="newer tickiti"):
        prepare_database(path)


def test_database_of_another_program_is_refused_unchanged(tmp_path: Path) -> None:
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


def test_file_other_than_a_database_is_refused(tmp_path: Path) -> None:
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


def test_roles_are_migrated_from_the_staff_flag(tmp_path: Path) -> None:
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
