"""Database connections: their permissions, their time limits, and the size of the WAL."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import queue_names, run
from tests.support.waiting import wait_until_async
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite import checkpoints, connection
from tickiti_server.store.sqlite.files.integrity import wal_path

pytestmark = pytest.mark.sqlite  # connections to a file, and its WAL

FULL = 2
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def pragmas(tx: Transaction) -> dict[str, Any]:
    names = ("journal_mode", "query_only", "busy_timeout", "mmap_size")
    names += ("synchronous", "foreign_keys", "wal_autocheckpoint", "journal_size_limit")
    return {name: next(iter(tx.one(f"PRAGMA {name}") or [None])) for name in names}


def test_writer_connection_alone_writes_and_checkpoints(tmp_path: Path) -> None:
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


def test_connections_close_with_the_database(
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


def test_reader_cannot_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        await database.write(lambda tx: queues.add_queue(tx, "Sales"))
        before = wal_path(path).read_bytes()
        for quick in (True, False):
            with pytest.raises(Exception, match=r"did not confirm"):
                await database.read(lambda tx: tx.one("PRAGMA wal_checkpoint"), quick=quick)
        assert wal_path(path).read_bytes() == before

    run(path, scenario)


@pytest.mark.faults
def test_long_read_is_ended_and_the_wal_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        began = time.monotonic()
        reading = asyncio.ensure_future(database.read(lambda tx: tx.one(ENDLESS)))
        for n in range(500):
            await database.write(lambda tx, n=n: queues.add_queue(tx, f"Q{n}"))
        assert wal_path(path).stat().st_size > 0
        with pytest.raises(Overloaded, match=r"^Reading took longer than 5 seconds\.$"):
            await reading
        assert 4.5 < time.monotonic() - began < 30
        await wait_until_async(lambda: not wal_path(path).stat().st_size)
        assert len(await database.read(queue_names)) == 501

    run(path, scenario)


def test_read_that_waited_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a few long reads would make each that comes after them wait for the sum of all."""
    monkeypatch.setattr(connection, "READ_SECONDS", 0.5)
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        reads = [database.read(lambda tx: tx.one(ENDLESS)) for _ in range(20)]
        outcomes = await asyncio.gather(*reads, return_exceptions=True)
        # The last ten ended in the queue: reads that waited for each other would all begin.
        assert {type(outcome) for outcome in outcomes} == {Overloaded}
        assert {str(outcome) for outcome in outcomes[-10:]} == {
            "Other reads take too long; nothing was read."
        }
        assert len(await database.read(queue_names)) == 1

    run(path, scenario)


@pytest.mark.faults
def test_consecutive_readers_do_not_grow_the_wal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_WAL", 1024 * 1024)
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
        for n in range(100, 200):  # 20 MiB of log, if it were never emptied
            await database.write(lambda tx, n=n: queues.add_queue(tx, f"{n}" * 20_000))
            longest = max(longest, wal_path(path).stat().st_size)
        # A busy machine may not get the log emptied within its second, once or twice.
        assert 1024 * 1024 < longest < 12 * 1024 * 1024

    for reader in readers:
        reader.start()
    try:
        run(path, scenario)
    finally:
        is_over.set()
        for reader in readers:
            reader.join()


@pytest.mark.faults
def test_lasting_reader_delays_few_writes_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A backup, for instance: its snapshot keeps the log growing until it is done."""
    monkeypatch.setattr(checkpoints, "MOST_WAL", 1024 * 1024)
    path = tmp_path / "t.db"
    prepare_database(path)

    async def scenario(database: Database) -> None:
        waits = []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM queue").fetchone()
            for n in range(60):
                began = time.monotonic()
                await database.write(lambda tx, n=n: queues.add_queue(tx, f"{n}" * 18_000))
                waits.append(time.monotonic() - began)
        # The write behind a checkpoint waits for it: at one, two and four megabytes.
        # A busy machine adds a few. Without the back-off nearly all sixty would wait.
        assert len([seconds for seconds in waits if seconds > 0.8]) < 15
        assert wal_path(path).stat().st_size > 3 * 1024 * 1024
        told = [record.getMessage() for record in caplog.records]
        assert (
            told
            == [
                f"the log has {size} MiB: somebody has been reading for long" for size in (1, 2, 4)
            ][: len(told)]
        )
        assert len(told) >= 2
        await wait_until_async(lambda: not wal_path(path).stat().st_size)

    run(path, scenario)
