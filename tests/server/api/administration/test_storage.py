"""Closed tickets are deleted for good, and delivered mail is forgotten after its retention."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.databases import broken_references
from tests.support.place import Place, mail
from tests.support.users import answered
from tests.support.waiting import wait_until
from tickiti_server.clock import DAY, wall_clock
from tickiti_server.periodic.mail_purge import SentMailPurge
from tickiti_server.store.access import settings
from tickiti_server.store.open import open_database
from tickiti_server.store.operations.closed import BATCH

DELETE = "/api/v1/administration/storage/delete-closed"
PIXEL = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
TABLES = ("response", "participant", "attachment", "hashtag", "watchlist_ticket", "ticket_link")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("storage"))
    found.start()
    yield found
    found.stop()


def opened(place: Place) -> int:
    content = f'<p>x</p><img src="data:image/gif;base64,{PIXEL}">'
    new = {
        "originator_email_address": "marcus@trailblazers-club.example", "is_public": True,
        "data": {"subject": "old", "content": content},
        "participants": ["erin@trailblazers-club.example"],
    }  # fmt: skip
    status, _, raw = place.post("/api/v1/tickets", new, str(uuid4()))
    assert status == 200, raw
    number: int = json.loads(raw)["data"]["ticket_number"]
    return number


def closed(place: Place, *, days_ago: int) -> int:
    number = opened(place)
    answered(place, "/_tickiti/tickets/act", {
        "ticket_number": number, "close": True, "hashtags": ["old"],
    })  # fmt: skip
    sql = "UPDATE ticket SET closed_at = :at, updated_at = :at WHERE number = :number"
    place.execute(sql, {"at": wall_clock() - days_ago * DAY, "number": number})
    return number


def delete(place: Place, days: int) -> Any:
    return answered(place, DELETE, {"older_than_days": days})


def numbers(place: Place) -> set[int]:
    return {row[0] for row in place.rows("SELECT number FROM ticket")}


def test_closed_tickets_are_purged_with_all_their_rows(place: Place) -> None:
    old, young = closed(place, days_ago=40), closed(place, days_ago=20)
    touched = closed(place, days_ago=40)
    place.execute("UPDATE ticket SET updated_at = :at WHERE number = :number",
                  {"at": wall_clock(), "number": touched})  # fmt: skip
    survivor = opened(place)
    place.execute("UPDATE ticket SET merged_into = (SELECT id FROM ticket WHERE number = :old)"
                  " WHERE number = :number", {"old": old, "number": young})  # fmt: skip
    answered(
        place, "/api/v1/tickets/link",
        {"ticket_number": survivor, "linked_ticket_numbers": [old, young]},
    )  # fmt: skip
    assert delete(place, 30) == {"ok": True, "deleted": 1}
    assert numbers(place) & {old, young, touched, survivor} == {young, touched, survivor}
    for table in TABLES:
        column = "response_id" if table == "attachment" else "ticket_id"
        owner = "response" if table == "attachment" else "ticket"
        orphans = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT id FROM {owner})"
        assert place.value(orphans) == 0, table
    assert broken_references(place.database) == []
    assert delete(place, 30) == {"ok": True, "deleted": 0}


def test_many_closed_tickets_are_purged_in_batches_after_the_reply(place: Place) -> None:
    old = closed(place, days_ago=900)
    place.execute(
        "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < :count)"
        " INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status,"
        " priority, created_at, updated_at, closed_at)"
        " SELECT -n, 's' || n, 'old', queue_id, originator_id, 'closed', 20, created_at,"
        " updated_at, closed_at FROM more, ticket WHERE number = :old",
        {"count": 2 * BATCH, "old": old},
    )
    opened(place)
    assert delete(place, 800) == {"ok": True, "deleted": 2 * BATCH + 1}
    assert len(numbers(place) & {*range(-2 * BATCH, 0), old}) <= BATCH + 1
    wait_until(lambda: place.value("SELECT count(*) FROM ticket WHERE number < 0") == 0)
    wait_until(lambda: place.value("SELECT count(*) FROM setting WHERE name LIKE '%closed%'") == 0)
    assert old not in numbers(place)
    assert broken_references(place.database) == []


def test_purge_of_closed_tickets_continues_after_a_restart(tmp_path: Path) -> None:
    """As if the server was killed behind the first batch of three."""
    place = Place(tmp_path)
    place.start()
    for _ in range(2):
        closed(place, days_ago=40)
    newest = opened(place)
    place.stop()
    before = str(wall_clock() - 30 * DAY)
    value = {"name": settings.CLOSED_BEFORE, "value": before}
    place.execute("INSERT INTO setting (name, value) VALUES (:name, :value)", value)
    place.start()
    wait_until(lambda: numbers(place) == {newest})
    place.stop()


def test_number_of_the_newest_ticket_is_never_reused(place: Place) -> None:
    newest = closed(place, days_ago=400)
    assert delete(place, 300)["deleted"] == 0
    assert opened(place) > newest


def test_delivered_mail_is_forgotten_after_its_retention(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    for subject in ("first", "second"):
        assert place.post("/api/send_email", mail(subject), subject)[0] == 200
    place.stop()
    sql = "UPDATE outbox SET state = 'retry', done_at = NULL WHERE subject = 'second'"
    place.execute(sql)
    now = wall_clock()

    async def left_after(days: int) -> list[str]:
        database = open_database(place.location)
        try:
            purge = SentMailPurge(
                database, every_seconds=60, clock=lambda: now + days * DAY, steady=lambda: 0
            )
            while await purge.batch():
                pass
        finally:
            await database.close()
        return [row[0] for row in place.rows("SELECT subject FROM outbox ORDER BY seq")]

    assert asyncio.run(left_after(364)) == ["first", "second"]
    assert asyncio.run(left_after(366)) == ["second"]


def test_mail_is_not_deleted_after_a_clock_jump(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    assert place.post("/api/send_email", mail("kept"), "kept")[0] == 200
    place.stop()
    moment = [wall_clock()]

    async def scenario() -> None:
        database = open_database(place.location)
        purge = SentMailPurge(database, every_seconds=60, clock=lambda: moment[0], steady=lambda: 0)
        moment[0] += 4000 * DAY
        assert not await purge.batch()
        await database.close()

    asyncio.run(scenario())
    assert place.value("SELECT count(*) FROM outbox") == 1
