"""A clock that is moved while a delivery is under way: the delivery keeps its lease."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.server.delivery.test_dispatcher import PATIENCE_SECONDS, SlowCarrier, queue_mail
from tests.support.waiting import wait_until_async
from tickiti_server.clock import DAY, ClockState, MovableClock
from tickiti_server.delivery.dispatcher import Dispatcher
from tickiti_server.delivery.outcomes import Delivered, LeaseHandle, Outcome
from tickiti_server.http.test_mode import clock_control
from tickiti_server.http.test_mode.clock_control import ClockControl
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.store.interface import Database
from tickiti_server.store.open import open_database, prepare_database

pytestmark = pytest.mark.sqlite  # test mode needs a file

MACHINE = 20_001 * DAY
BACK, FORWARDS = -400 * DAY, 400 * DAY


class Carrier(SlowCarrier):
    def __init__(self) -> None:
        super().__init__()
        self.carried = 0

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:  # noqa: ARG002
        self.carried += 1
        self.has_begun.set()
        self.may_go_on.wait(PATIENCE_SECONDS)
        lease.mark_may_have_arrived()
        return Delivered(250)

    def settled(self, *_: object, **__: object) -> None:
        """Nothing follows."""


def control_of(database: Database, clock: MovableClock, outgoing: Dispatcher) -> ClockControl:
    services: Any = SimpleNamespace(
        database=database, clock=clock.now, alarms=[outgoing.look], touched={},
        running_time=RunningTime(0, clock.now, most_step=2**62),
        settings=SimpleNamespace(key_days=30),
    )  # fmt: skip
    return ClockControl(services, clock)


async def moved_while_sending(database: Database, by: int) -> tuple[int, str, str]:
    """How often the mail was sent, its state meanwhile, and its state at the end."""
    carrier, clock = Carrier(), MovableClock(lambda: MACHINE)
    clock.move(ClockState(frozen_at=MACHINE))
    outgoing = Dispatcher(
        database, {"email": carrier}, lease_seconds=30, drain_seconds=5, clock=clock.now
    )
    running = asyncio.create_task(outgoing.run())
    assert await asyncio.to_thread(carrier.has_begun.wait, PATIENCE_SECONDS)
    control = control_of(database, clock, outgoing)
    assert (await control.freeze(MACHINE + by)).under_way == 1
    await outgoing._start_due_deliveries()
    meanwhile = await state(database)
    carrier.may_go_on.set()
    await wait_until_async(lambda: is_sent(database))
    await outgoing.stop()
    await running
    return carrier.carried, meanwhile, await state(database)


async def state(database: Database) -> str:
    row = await database.read(lambda tx: tx.one("SELECT state FROM outbox", {}))
    assert row is not None
    return str(row["state"])


async def is_sent(database: Database) -> bool:
    return await state(database) == "sent"


@pytest.mark.parametrize("by", [BACK, FORWARDS])
def test_a_delivery_under_way_is_not_taken_back_by_a_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    monkeypatch.setattr(clock_control, "MOST_SECONDS", 0.1)

    async def scenario() -> tuple[int, str, str]:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(queue_mail)
        try:
            return await moved_while_sending(database, by)
        finally:
            await database.close()

    assert asyncio.run(scenario()) == (1, "claimed", "sent")
