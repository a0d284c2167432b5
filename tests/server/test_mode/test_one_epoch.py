"""Periodic work that has begun before a reset writes nothing into the state after it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.periodic.test_reopen import NOON, hold, statuses
from tests.support import databases
from tests.support.place import Place
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.clock import DAY
from tickiti_server.http.test_mode.one_epoch import OneEpochDatabase
from tickiti_server.periodic.reopen import TicketReopener


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
