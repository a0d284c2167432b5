"""A ticket on hold reopens on its day, with or without a running server, and never before."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.faketime import HAS_FAKETIME, faked, set_moment
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.waiting import wait_until
from tickiti_server.clock import DAY, SECOND
from tickiti_server.periodic.reopen import BATCH, TicketReopener
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.operations import deletion

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
        place = tickets.resolve_new_ticket(tx, queue_name="Inbox", originator="system@localhost")
        ticket_id = tickets.insert_ticket(
            tx, secure_id="", subject=day, now=0, priority=20, operation_id=None, **place
        )
        held = {"status": status, "on_hold_until": day}
        tickets.update_ticket(tx, ticket_id, held, now=0)


def statuses(tx: Transaction) -> list[tuple[str, str | None, int]]:
    rows = tx.all("SELECT status, on_hold_until, updated_at FROM ticket ORDER BY id")
    return [(row["status"], row["on_hold_until"], row["updated_at"]) for row in rows]


def test_held_ticket_reopens_at_midnight_utc_of_its_day(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2024-10-03", "2024-10-05", "2024-10-06"))
        await database.write(lambda tx: hold(tx, "2024-10-03", status="closed"))
        elapsed = [0]
        reopening = TicketReopener(
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


def test_held_tickets_of_one_day_reopen_in_batches(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, *["2024-10-04"] * (BATCH + 3)))
        reopening = at(database, [NOON])
        assert [await reopening.batch() for _ in range(3)] == [BATCH, 3, 0]
        assert {row[:2] for row in await database.read(statuses)} == {("open", None)}
        await database.close()

    asyncio.run(scenario())


def test_deleted_ticket_on_hold_does_not_reopen(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2024-10-03", "2024-10-03"))
        await database.write(lambda tx: deletion.delete_ticket(tx, 1, now=0))
        reopening = at(database, [NOON])
        assert [await reopening.batch(), await reopening.batch()] == [1, 0]
        held, opened = await database.read(statuses)
        assert (held[:2], opened[:2]) == (("on-hold", "2024-10-03"), ("open", None))
        await database.close()

    asyncio.run(scenario())


def test_reopening_is_recorded_for_the_system_user(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2024-10-03", "2024-10-06"))
        assert await at(database, [NOON]).batch() == 1
        sql = "SELECT ticket_id, is_audit_only, is_internal, html, audit FROM response"
        ((ticket_id, *flags, recorded),) = map(tuple, await database.read(lambda tx: tx.all(sql)))
        assert (ticket_id, flags) == (1, [1, 1, ""])
        by = {"by": "system@localhost", "at": "2024-10-04T12:00:00+00:00"}
        assert json.loads(recorded) == [
            {"what": "status", "from": "on-hold", "to": "open", **by},
            {"what": "on_hold_until", "from": "2024-10-03", "to": None, **by},
        ]
        await database.close()

    asyncio.run(scenario())


def at(database: Database, moment: list[int]) -> TicketReopener:
    """One for which no time passes but what `moment` says."""
    return TicketReopener(database, every_seconds=60, clock=lambda: moment[0], steady=lambda: 0)


@pytest.mark.parametrize("days", [3650, -2])
def test_clock_jump_reopens_nothing_and_is_logged_once(
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
        f"tickets stay on hold: the clock moved by {24 * days} h; until it is corrected or the"
        " server is restarted"
    )
    assert [record.getMessage() for record in caplog.records] == [told]


def test_clock_jump_during_a_scan_reopens_nothing(tmp_path: Path) -> None:
    """It is right when it is looked at first, and ten years ahead from then on."""

    async def scenario() -> int:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: hold(tx, "2030-01-01"))
        readings = iter([NOON, NOON])
        clock = lambda: next(readings, NOON + 3650 * DAY)  # noqa: E731
        opened = await TicketReopener(
            database, every_seconds=60, clock=clock, steady=lambda: 0
        ).batch()
        await database.close()
        return opened

    assert asyncio.run(scenario()) == 0


class Explained:
    """Stands for a transaction; keeps the steps that a query would take."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.steps: list[str] = []

    def all(self, sql: str, parameters: Any) -> None:
        plan = self._tx.all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.steps = [row["detail"] for row in plan]


def test_scan_for_held_tickets_uses_an_index(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")

        def look(tx: Transaction) -> list[str]:
            explained = Explained(tx)
            tickets.list_due_holds(explained, until="2024-10-04", most=1)  # type: ignore[arg-type]
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
    wait_until(lambda: status_of(place, number) == {"open"})


@pytest.mark.sqlite  # with PostgreSQL the server follows its clock, which nothing here moves
@HAS_FAKETIME
def test_server_started_after_the_day_reopens_the_ticket(place: PeculiarPlace) -> None:
    place.begin()
    soon, later = put_on_hold(place, days=1), put_on_hold(place, days=4)
    assert (status_of(place, soon), status_of(place, later)) == ({"on-hold"}, {"on-hold"})
    assert place.end() == 0
    faked(place, "+2d")
    place.begin(hold_seconds=3600)
    await_opening(place, soon)
    assert status_of(place, later) == {"on-hold"}


@pytest.mark.sqlite
@HAS_FAKETIME
def test_wall_clock_jump_of_ten_years_reopens_no_ticket(place: PeculiarPlace) -> None:
    moment = faked(place, "+0")
    place.begin(hold_seconds=0.05)
    number = put_on_hold(place, days=4)
    set_moment(moment, "+3650d")
    wait_until(lambda: "the clock moved by 876" in place.log)
    assert status_of(place, number) == {"on-hold"}
    assert place.log.count("the clock moved") == 1
