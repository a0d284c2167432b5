"""Who reads for long keeps nobody else from reading, and not the database from being closed."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tickiti_server.store.database import Transaction, prepare_database
from tickiti_server.store.sqlite import SqliteDatabase, readers

FOR_EVER = 60.0


def run(path: Path, scenario: Callable[[SqliteDatabase], Awaitable[None]]) -> None:
    async def whole() -> None:
        prepare_database(path)
        database = SqliteDatabase(path)
        try:
            await scenario(database)
        finally:
            await database.close()

    asyncio.run(whole())


def quick(tx: Transaction) -> int:
    row = tx.one("SELECT 1 AS one")
    assert row is not None
    return int(row["one"])


def test_one_who_reads_for_long_leaves_threads_to_others(tmp_path: Path) -> None:
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


def test_very_many_who_read_for_long_delay_one_who_does_not_by_a_moment(tmp_path: Path) -> None:
    """Nobody knows that they are slow: all threads are with them, and there are more of them."""
    end = threading.Event()

    async def scenario(database: SqliteDatabase) -> None:
        slow = [
            asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER), lane=("slow", n)))
            for n in range(readers.MOST_THREADS - 2)
        ]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(database.read(quick, lane="quick"), 20) == 1
        end.set()
        await asyncio.gather(*slow)

    run(tmp_path / "t.db", scenario)


def test_those_who_have_read_for_long_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "HEAVY_SECONDS", 0.01)
    monkeypatch.setattr(readers, "HALVED_SECONDS", 1000.0)
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
        assert most == readers.MOST_HEAVY

    run(tmp_path / "t.db", scenario)


def test_a_database_is_closed_though_a_read_never_ends(tmp_path: Path) -> None:
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


def test_threads_that_were_added_go_again(tmp_path: Path) -> None:
    end = threading.Event()

    def count() -> int:
        return sum(thread.name == "reader" for thread in threading.enumerate())

    async def scenario(database: SqliteDatabase) -> None:
        before = count()
        slow = [
            asyncio.ensure_future(database.read(lambda _: end.wait(FOR_EVER), lane=n))
            for n in range(readers.THREADS + 3)
        ]
        await asyncio.sleep(0)
        assert await database.read(quick, lane="quick") == 1
        end.set()
        await asyncio.gather(*slow)
        until = time.monotonic() + 10
        while count() > before:
            assert time.monotonic() < until
            await asyncio.sleep(0.02)

    run(tmp_path / "t.db", scenario)
