"""Periodic work that has begun before a reset writes nothing into the state after it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.server.periodic.test_purge import NOW as RUNNING
from tests.server.periodic.test_purge import replies, still
from tests.server.periodic.test_reopen import NOON, hold, statuses
from tests.support import databases
from tests.support.place import Place
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.clock import DAY, steady_clock, wall_clock
from tickiti_server.http import background
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.one_epoch import OneEpochDatabase
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.periodic.reopen import TicketReopener
from tickiti_server.settings import Settings
from tickiti_server.store.interface import Database, Transaction

pytestmark = pytest.mark.sqlite  # test mode needs a file


def test_a_batch_that_was_read_before_a_reset_is_not_written(tmp_path: Path) -> None:
    async def scenario(database: Any) -> None:
        bound = OneEpochDatabase(database)
        reopener = TicketReopener(bound, every_seconds=0, clock=lambda: NOON, steady=lambda: NOON)
        await database.write(lambda tx: hold(tx, "2024-10-03"))

        async def read_then_reset(work: Any, **more: Any) -> Any:
            found = await read(work, **more)
            bound.forget_read()
            return found

        read, bound.read = bound.read, read_then_reset  # type: ignore[method-assign]
        with pytest.raises(Overloaded):
            await reopener.batch()
        assert (await database.read(statuses))[0][0] == "on-hold"
        bound.read = read  # type: ignore[method-assign]
        assert await reopener.batch() == 1
        assert (await database.read(statuses))[0][0] == "open"

    databases.run(tmp_path / "t.db", scenario)


@pytest.mark.parametrize("work", ["batch", "_store_running_time"])
def test_the_purge_of_replies_writes_nothing_after_a_reset(tmp_path: Path, work: str) -> None:
    """Neither deletes the replies of the new state by the age of the old one, nor ages them."""

    async def scenario(database: Any) -> None:
        bound = OneEpochDatabase(database)
        purge = still(bound)
        await database.write(lambda tx: replies(tx, count=1, age_days=40))
        await database.write(lambda tx: replies(tx, count=1, age_days=1))

        async def read_then_reset(work: Any, **more: Any) -> Any:
            found = await read(work, **more)
            bound.forget_read()
            return found

        read, bound.read = bound.read, read_then_reset  # type: ignore[method-assign]
        with pytest.raises(Overloaded):
            await getattr(purge, work)()
        assert await database.read(stored) == (2, 0)
        bound.read = read  # type: ignore[method-assign]
        await getattr(purge, work)()
        assert await database.read(stored) == ((1, 0) if work == "batch" else (2, RUNNING))

    databases.run(tmp_path / "t.db", scenario)


def stored(tx: Transaction) -> tuple[int, int]:
    """The number of replies, and the running time."""
    count = tx.one("SELECT count(*) AS n FROM idem")
    running = tx.one("SELECT microseconds FROM running_time")
    assert count is not None
    assert running is not None
    return count["n"], running["microseconds"]


def test_the_tasks_of_a_test_server_have_databases_of_one_epoch(tmp_path: Path) -> None:
    """The purge of replies too, which stores the running time at the end of the server."""

    async def scenario(database: Database) -> None:
        services = SimpleNamespace(
            settings=replace(Settings(database=tmp_path / "t.db"), is_test_mode=True),
            database=database,
            running_time=RunningTime(),
            clock=wall_clock,
            steady=steady_clock,
            task_runs={},
            known_keys=None,
            database_clock=None,
            durability=None,
            before_reset=[],
            after_reset=[],
        )
        started = background.start(cast(Services, services))
        try:
            assert len(services.before_reset) == len(services.after_reset) == len(started.running)
            for forget in services.before_reset:
                forget()
            await started.purge.store_running_time()
        finally:
            for task in started.running:
                task.cancel()

    databases.run(tmp_path / "t.db", scenario)


def test_every_task_of_a_test_server_forgets_its_read_at_a_reset(tmp_path: Path) -> None:
    """Tickets that the clock of the old epoch would open stay on hold in the new one."""
    place = Place(tmp_path)
    place.start_for_tests()
    try:
        number = place.tickiti(
            "ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y"
        ).stdout.strip()
        place.tickiti("ticket", "hold", number, "--until", "tomorrow")
        place.tickiti("server", "snapshot", "save", "held")
        for _ in range(5):
            moved = {"seconds": 3 * DAY // 1_000_000}
            assert place.post("/_tickiti/test/clock/advance", moved)[0] == 200
            assert place.value("SELECT status FROM ticket") == "open"
            status, _, raw = place.post("/_tickiti/test/snapshots/load", {"name": "held"})
            assert status == 200, json.loads(raw)
            assert place.value("SELECT status FROM ticket") == "on-hold"
    finally:
        place.stop()
