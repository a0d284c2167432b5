"""Long reads delay no other read, and do not prevent the database from closing."""

import asyncio
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.support.databases import run
from tests.support.waiting import wait_until_async
from tickiti_cli.contract.errors import StorageUnavailable
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite import reader_pool
from tickiti_server.store.sqlite.connection import connect_reader
from tickiti_server.store.sqlite.database import SqliteDatabase
from tickiti_server.store.sqlite.functions import Connection

pytestmark = pytest.mark.sqlite  # readers of a file

FOR_EVER = 60.0


def quick(tx: Transaction) -> int:
    row = tx.one("SELECT 1 AS one")
    assert row is not None
    return int(row["one"])


def test_long_read_leaves_threads_to_others(tmp_path: Path) -> None:
    end = threading.Event()

    async def scenario(database: SqliteDatabase) -> None:
        slow = [
            asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER), lane="slow"))
            for _ in range(50)
        ]
        await asyncio.sleep(0.1)
        for n in range(20):
            assert await asyncio.wait_for(database.read(quick, lane=n % 3), 5) == 1
        assert not any(task.done() for task in slow)
        end.set()
        for task in slow:
            task.cancel()

    run(tmp_path / "t.db", scenario)


def test_many_long_reads_delay_a_short_read_briefly(tmp_path: Path) -> None:
    """Nobody knows that they are slow: all threads are with them, and there are more of them."""
    end = threading.Event()

    async def scenario(database: SqliteDatabase) -> None:
        slow = [
            asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER), lane=("slow", n)))
            for n in range(reader_pool.MOST_THREADS - 2)
        ]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(database.read(quick, lane="quick"), 20) == 1
        end.set()
        await asyncio.gather(*slow)

    run(tmp_path / "t.db", scenario)


def test_long_readers_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_pool, "HEAVY_SECONDS", 0.01)
    monkeypatch.setattr(reader_pool, "HALVED_SECONDS", 1000.0)
    at_once = most = 0
    lock = threading.Lock()

    def slow(_: Transaction) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1

    async def scenario(database: SqliteDatabase) -> None:
        nonlocal most
        for n in range(8):
            await database.read(slow, lane=n)
        most = 0
        await asyncio.gather(*(database.read(slow, lane=n % 8) for n in range(24)))
        assert most == reader_pool.MOST_HEAVY

    run(tmp_path / "t.db", scenario)


def test_database_closes_during_an_endless_read(tmp_path: Path) -> None:
    end = threading.Event()

    async def scenario(database: SqliteDatabase) -> None:
        stuck = asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER)))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await database.close()
        assert time.monotonic() - began < 10
        stuck.cancel()
        end.set()

    async def whole() -> None:
        prepare_database(tmp_path / "t.db")
        await scenario(SqliteDatabase(tmp_path / "t.db"))

    asyncio.run(whole())


def test_added_threads_end_again(tmp_path: Path) -> None:
    end = threading.Event()

    def count() -> int:
        return sum(thread.name == "reader" for thread in threading.enumerate())

    async def scenario(database: SqliteDatabase) -> None:
        before = count()
        slow = [
            asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER), lane=n))
            for n in range(reader_pool.THREADS + 3)
        ]
        await asyncio.sleep(0)
        assert await database.read(quick, lane="quick") == 1
        end.set()
        await asyncio.gather(*slow)
        await wait_until_async(lambda: count() <= before)

    run(tmp_path / "t.db", scenario)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """The connections that the pool has opened, in their order."""
    found: list[Connection] = []

    def noted(path: Path) -> Connection:
        found.append(connect_reader(path))
        return found[-1]

    monkeypatch.setattr(reader_pool, "connect_reader", noted)
    return found


def test_reads_one_after_the_other_share_a_connection(
    tmp_path: Path, opened: list[Connection]
) -> None:
    """Its cache has the pages of the latest reads. The other threads keep none in memory."""

    async def scenario(database: SqliteDatabase) -> None:
        for _ in range(50):
            assert await database.read(quick) == 1
        assert len(opened) == 1
        together = threading.Barrier(3)
        await asyncio.gather(*(database.read(lambda _: together.wait(20), lane=n) for n in "abc"))

    run(tmp_path / "t.db", scenario)
    assert len(opened) == 3
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_connection_that_fails_is_not_used_again(tmp_path: Path, opened: list[Connection]) -> None:
    async def scenario(database: SqliteDatabase) -> None:
        assert await database.read(quick) == 1
        opened[0].close()
        with pytest.raises((StorageUnavailable, sqlite3.Error)):
            await database.read(quick)
        for _ in range(5):
            assert await database.read(quick) == 1
        assert len(opened) == 2

    run(tmp_path / "t.db", scenario)
