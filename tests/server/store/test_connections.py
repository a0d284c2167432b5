"""Every connection to a database: what it may do, for how long, and how large the log becomes."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.test_soundness import run
from tests.store.test_sqlite import queue_names
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store import queues
from tickiti_server.store.database import Database, Transaction, prepare_database
from tickiti_server.store.sqlite import checkpoints, connection, log
from tickiti_server.store.sqlite.soundness import log_of

FULL = 2
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def pragmas(tx: Transaction) -> dict[str, Any]:
    names = ("journal_mode", "query_only", "busy_timeout", "mmap_size")
    names += ("synchronous", "foreign_keys", "wal_autocheckpoint", "journal_size_limit")
    return {name: next(iter(tx.one(f"PRAGMA {name}") or [None])) for name in names}


def test_one_connection_writes_and_checkpoints_and_all_others_can_only_read(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        writer = await database.write(pragmas)
        assert writer == {
            "journal_mode": "wal",
            "query_only": 0,
            "busy_timeout": 5000,
            "mmap_size": 0,
            "synchronous": FULL,
            "foreign_keys": 1,
            "wal_autocheckpoint": 0,
            "journal_size_limit": 64 * 1024 * 1024,
        }
        gate = threading.Barrier(2)

        def from_a_thread_of_its_own(tx: Transaction) -> dict[str, Any]:
            gate.wait(10)
            return pragmas(tx)

        threads = [database.read(from_a_thread_of_its_own) for _ in range(2)]
        for reader in (await database.read(pragmas, quick=True), *await asyncio.gather(*threads)):
            assert (reader["query_only"], reader["busy_timeout"]) == (1, 5000)

    run(path, scenario)


def test_every_connection_is_closed_with_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `close`, not by whoever collects what is no longer used."""
    path, is_open, connect = tmp_path / "t.db", set[int](), sqlite3.connect

    def counting(
        *arguments: Any, factory: type[sqlite3.Connection] = sqlite3.Connection, **named: Any
    ) -> sqlite3.Connection:
        class Counted(factory):  # type: ignore[misc,valid-type]
            def close(self) -> None:
                is_open.discard(id(self))
                super().close()

        opened: sqlite3.Connection = connect(*arguments, factory=Counted, **named)
        is_open.add(id(opened))
        return opened

    prepare_database(path)
    monkeypatch.setattr(sqlite3, "connect", counting)

    async def scenario(database: Database) -> None:
        gate = threading.Barrier(2)
        await asyncio.gather(*(database.read(lambda _: gate.wait(10)) for _ in range(2)))
        assert len(is_open) >= 4

    run(path, scenario)
    assert is_open == set()


def test_a_reader_cannot_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        await database.write(lambda tx: queues.add(tx, "Sales"))
        before = log_of(path).read_bytes()
        for quick in (True, False):
            with pytest.raises(Exception, match=r"did not confirm"):
                await database.read(lambda tx: tx.one("PRAGMA wal_checkpoint"), quick=quick)
        assert log_of(path).read_bytes() == before

    run(path, scenario)


def test_a_long_read_is_ended_and_the_log_it_pinned_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        began = time.monotonic()
        reading = asyncio.ensure_future(database.read(lambda tx: tx.one(ENDLESS)))
        for n in range(500):
            await database.write(lambda tx, n=n: queues.add(tx, f"Q{n}"))
        assert log_of(path).stat().st_size > 0
        with pytest.raises(Overloaded, match=r"^Reading took longer than 5 seconds\.$"):
            await reading
        assert 4.5 < time.monotonic() - began < 30
        while log_of(path).stat().st_size:
            await asyncio.sleep(0.02)
        assert len(await database.read(queue_names)) == 501

    run(path, scenario)


def test_a_read_that_waited_too_long_for_others_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a few long reads would make each that comes after them wait for the sum of all."""
    monkeypatch.setattr(connection, "READ_SECONDS", 0.5)
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        began = time.monotonic()
        reads = [database.read(lambda tx: tx.one(ENDLESS)) for _ in range(20)]
        outcomes = await asyncio.gather(*reads, return_exceptions=True)
        # One after the other, ten times two, would take five seconds.
        assert time.monotonic() - began < 3
        assert {type(outcome) for outcome in outcomes} == {Overloaded}
        assert {str(outcome) for outcome in outcomes[-10:]} == {
            "Other reads take too long; nothing was read."
        }
        assert len(await database.read(queue_names)) == 1

    run(path, scenario)


def test_readers_who_follow_one_another_do_not_keep_the_log_growing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_LOG", 1024 * 1024)
    monkeypatch.setattr(log, "LOOK_SECONDS", 0)
    path = tmp_path / "t.db"
    prepare_database(path)
    is_over = threading.Event()

    def read_on(late: float) -> None:
        time.sleep(late)
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            while not is_over.is_set():
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM queue").fetchone()
                time.sleep(0.04)
                connection.rollback()

    readers = [threading.Thread(target=read_on, args=(late,)) for late in (0, 0.02)]

    async def scenario(database: Database) -> None:
        longest = 0
        for n in range(100, 160):  # 12 MiB of log, if it were never emptied
            await database.write(lambda tx, n=n: queues.add(tx, f"{n}" * 20_000))
            longest = max(longest, log_of(path).stat().st_size)
        assert 1024 * 1024 < longest < 6 * 1024 * 1024

    for reader in readers:
        reader.start()
    try:
        run(path, scenario)
    finally:
        is_over.set()
        for reader in readers:
            reader.join()


def test_a_reader_who_stays_makes_writes_wait_but_a_few_times_and_is_spoken_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A backup, for instance: its snapshot keeps the log growing until it is done."""
    monkeypatch.setattr(checkpoints, "MOST_LOG", 1024 * 1024)
    monkeypatch.setattr(log, "LOOK_SECONDS", 0)
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        waits = []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM queue").fetchone()
            for n in range(60):
                began = time.monotonic()
                await database.write(lambda tx, n=n: queues.add(tx, f"{n}" * 20_000))
                waits.append(time.monotonic() - began)
        # The write behind a checkpoint waits for it: at one, two and four megabytes.
        assert len([seconds for seconds in waits if seconds > 0.8]) <= 3
        assert log_of(path).stat().st_size > 3 * 1024 * 1024
        told = [record.getMessage() for record in caplog.records]
        assert (
            told
            == [
                f"the log has {size} MiB: somebody has been reading for long" for size in (1, 2, 4)
            ][: len(told)]
        )
        assert len(told) >= 2
        while log_of(path).stat().st_size:
            await asyncio.sleep(0.02)

    run(path, scenario)
