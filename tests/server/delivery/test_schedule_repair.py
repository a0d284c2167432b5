"""A delivery that a wrong clock has postponed becomes due; one that its schedule has postponed does
not."""

import asyncio
from pathlib import Path

from tickiti_server.clock import DAY, SECOND
from tickiti_server.delivery.schedule_repair import ScheduleRepair
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.outgoing import outbox

NOW = 20_000 * DAY
LATER = NOW + 700 * DAY


def waiting(tx: Transaction) -> None:
    """Lanes and deliveries as they are after a minute with the clock 700 days ahead."""
    for name, until in (("ordinary", NOW + 300 * SECOND), ("wrong", LATER)):
        outbox.add_lane(tx, name)
        outbox.pause_lane(tx, name, until=until, reason="r")
    rows = [("queued", NOW), ("retry", NOW + DAY), ("retry", LATER), ("claimed", 0), ("claimed", 0)]
    for number, (state, next_at) in enumerate(rows):
        outbox.insert_delivery(
            tx, id=str(number), kind="email", dedupe=str(number), lane="ordinary", target="t",
            payload=b"", policy="hold", mailbox_id=None, mailbox=None, subject=None,
            message_id=None, state=state, now=next_at, done_at=None,
        )  # fmt: skip
    lease = "UPDATE outbox SET lease_until = :until WHERE id = :id"
    tx.execute(lease, {"id": "3", "until": NOW + 30 * SECOND})
    tx.execute(lease, {"id": "4", "until": LATER})


def when(tx: Transaction) -> list[int]:
    """Microseconds from now, or from its lease's end for what is claimed."""
    rows = tx.all("SELECT coalesce(lease_until, next_at) AS at FROM outbox ORDER BY id")
    lanes = tx.all("SELECT paused_until AS at FROM lane WHERE paused_until > 0 ORDER BY name")
    return [row["at"] - NOW for row in (*rows, *lanes)]


def test_delivery_beyond_any_schedule_becomes_due(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(waiting)
        schedules = ScheduleRepair(database, clock=lambda: NOW)
        await schedules.begin()
        first, minute = [0, DAY, 0], 30 * SECOND
        assert await database.read(when) == [*first, minute, -1, 300 * SECOND, 0]
        await schedules.begin()
        assert await database.read(when) == [*first, minute, -1, 300 * SECOND, 0]
        await database.close()

    asyncio.run(scenario())
