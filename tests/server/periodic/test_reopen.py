"""A ticket on hold opens on its day, whether a server ran meanwhile or not, and not before it."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.faketime import HAS_FAKETIME, faked
from tests.peculiar import PeculiarPlace
from tests.place import ticket
from tickiti_server.call import DAY, SECOND
from tickiti_server.reopening import BATCH, Reopening
from tickiti_server.store import tickets
from tickiti_server.store.database import Database, Transaction, open_database, prepare_database

NOON = 20_000 * DAY + DAY // 2
"""Of 2024-10-04."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    place = PeculiarPlace(tmp_path)
    yield place
    if place.process.poll() is None:
        assert place.end() == 0


def hold(tx: Transaction, *days: str, status: str = "on-hold") -> None:
    """A ticket on hold until each of these days."""
    for day in days:
        place = tickets.place(tx, queue_name="Inbox", originator="system@localhost")
        ticket_id = tickets.insert(
            tx, secure_id="", subject=day, now=0, priority=20, idem_id=None, **place
        )
        tickets.set_status(tx, ticket_id, status=status, on_hold_until=day, now=0)


def statuses(tx: Transaction) -> list[tuple[str, str | None, int]]:
    rows = tx.all("SELECT status, on_hold_until, updated_at FROM ticket ORDER BY id")
    return [(row["status"], row["on_hold_until"], row["updated_at"]) for row in rows]


def test_a_ticket_opens_at_midnight_utc_of_its_day_and_comes_to_the_top(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2024-10-03", "2024-10-05", "2024-10-06"))
        await database.write(lambda tx: hold(tx, "2024-10-03", status="closed"))
        elapsed = [0]
        reopening = Reopening(
            database, every_seconds=60, clock=lambda: NOON + elapsed[0], steady=lambda: elapsed[0]
        )
        waiting = [("on-hold", day, 0) for day in ("2024-10-05", "2024-10-06")]
        closed = ("closed", "2024-10-03", 0)
        assert await reopening.batch() == 1
        first = ("open", None, NOON)
        assert await database.read(statuses) == [first, *waiting, closed]
        elapsed[0] = DAY // 2 - SECOND
        assert await reopening.batch() == 0
        elapsed[0] = DAY // 2
        assert await reopening.batch() == 1
        opened = [first, ("open", None, NOON + DAY // 2)]
        assert await database.read(statuses) == [*opened, waiting[1], closed]
        await database.close()

    asyncio.run(scenario())


def test_many_of_one_day_are_opened_in_batches(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, *["2024-10-04"] * (BATCH + 3)))
        reopening = at(database, [NOON])
        assert [await reopening.batch() for _ in range(3)] == [BATCH, 3, 0]
        assert {row[:2] for row in await database.read(statuses)} == {("open", None)}
        await database.close()

    asyncio.run(scenario())


def at(database: Database, moment: list[int]) -> Reopening:
    """One for which no time passes but what `moment` says."""
    return Reopening(database, every_seconds=60, clock=lambda: moment[0], steady=lambda: 0)


@pytest.mark.parametrize("days", [3650, -2])
def test_a_clock_that_was_set_opens_nothing_and_says_so_once(
    tmp_path: Path, days: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2024-10-01", "2030-01-01"))
        moment = [NOON]
        reopening = at(database, moment)
        moment[0] += days * DAY
        assert [await reopening.batch(), await reopening.batch()] == [0, 0]
        moment[0] = NOON
        assert await reopening.batch() == 1
        await database.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    told = (
        f"tickets on hold stay so: the time of day moved by {24 * days} h; until it is back or the"
        " server is started anew"
    )
    assert [record.getMessage() for record in caplog.records] == [told]


def test_a_clock_that_is_set_in_the_middle_of_a_look_opens_nothing(tmp_path: Path) -> None:
    """It is right when it is looked at first, and ten years ahead from then on."""

    async def scenario() -> int:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2030-01-01"))
        readings = iter([NOON, NOON])
        clock = lambda: next(readings, NOON + 3650 * DAY)  # noqa: E731
        opened = await Reopening(database, every_seconds=60, clock=clock, steady=lambda: 0).batch()
        await database.close()
        return opened

    assert asyncio.run(scenario()) == 0


class Explained:
    """Stands for a transaction; keeps the steps that a query would take."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.steps: list[str] = []

    def one(self, sql: str, parameters: Any) -> None:
        plan = self._tx.all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.steps = [row["detail"] for row in plan]


def test_a_look_for_held_tickets_is_one_step_of_an_index(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")

        def look(tx: Transaction) -> list[str]:
            explained = Explained(tx)
            tickets.has_held(explained, until="2024-10-04")  # type: ignore[arg-type]
            return explained.steps

        steps = await database.read(look)
        assert steps == ["SEARCH ticket USING INDEX ticket_held (on_hold_until<?)"]
        await database.close()

    asyncio.run(scenario())


def status_of(place: PeculiarPlace, number: int) -> set[str]:
    """Whatever tells it must tell the same: the ticket, the list, and a search for the status."""
    shown = data_of(place, "/api/v1/tickets/show", {"ticket_number": number})["ticket"]["status"]
    listed = {row["number"]: row["status"] for row in place.every_ticket("number")}[number]
    criteria = [{"mode": "status", "tokens": [shown]}]
    rows = data_of(place, "/api/tickiti_api_index", {"search_object": {"criteria": criteria}})
    found = [row["status"] for row in rows["tickets"] if row["number"] == number]
    return {shown, listed, *found} if found else {"not found"}


def data_of(place: PeculiarPlace, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)["data"]


def put_on_hold(place: PeculiarPlace, *, days: int) -> int:
    """A ticket's number, on hold until a day from now."""
    number: int = data_of(place, "/api/create_ticket", ticket("held"))["ticket_number"]
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    body = {"ticket_number": number, "from_email": "anna@sole-trader.example", "status": "on-hold"}
    data_of(place, "/api/ticket_respond", {**body, "on_hold_until": day})
    return number


def await_opening(place: PeculiarPlace, number: int) -> None:
    deadline = time.monotonic() + 20
    while status_of(place, number) != {"open"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@HAS_FAKETIME
def test_a_server_that_starts_after_the_day_opens_the_ticket(place: PeculiarPlace) -> None:
    place.begin()
    soon, later = put_on_hold(place, days=1), put_on_hold(place, days=4)
    assert (status_of(place, soon), status_of(place, later)) == ({"on-hold"}, {"on-hold"})
    assert place.end() == 0
    faked(place, "+2d")
    place.begin(hold_seconds=3600)
    await_opening(place, soon)
    assert status_of(place, later) == {"on-hold"}


@HAS_FAKETIME
def test_a_wall_clock_that_jumps_ten_years_opens_no_ticket(place: PeculiarPlace) -> None:
    moment = faked(place, "+0")
    place.begin(hold_seconds=0.05)
    number = put_on_hold(place, days=4)
    moment.write_text("+3650d")
    deadline = time.monotonic() + 20
    while "the time of day moved by 876" not in place.log:
        assert time.monotonic() < deadline, place.log
        time.sleep(0.02)
    assert status_of(place, number) == {"on-hold"}
    assert place.log.count("the time of day moved") == 1
