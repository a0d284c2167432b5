"""Stored replies are deleted after their window, never before, and never between two requests of a
key."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tickiti_server.clock import DAY, Microseconds
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.periodic.purge import BATCH, ReplyPurge
from tickiti_server.store.access import running_time
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import open_database, prepare_database

CREATE = "/api/create_ticket"
NOW = 2_000 * DAY


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    place = PeculiarPlace(tmp_path)
    yield place
    if place.process.poll() is None:
        assert place.end() == 0


def replies(tx: Transaction, *, count: int, age_days: int) -> None:
    row = (
        "INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw,"
        " fp_canon, status, body, request_id, created_at, ran_at)"
        " VALUES (1, randomblob(32), '', '', 1, '', '', 200, '', '', :at, :at)"
    )
    for _ in range(count):
        tx.execute(row, {"at": NOW - age_days * DAY})


def ages(tx: Transaction) -> list[int]:
    """In days, with how many there are of each: [days, count, days, count, ...]."""
    rows = tx.all("SELECT ran_at AS at, count(*) AS n FROM idem GROUP BY at ORDER BY at")
    return [number for row in rows for number in ((NOW - row["at"]) // DAY, row["n"])]


def test_purge_deletes_expired_replies_in_batches(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        for count, age in ((700, 90), (50, 31), (10, 30), (5, 1)):
            await database.write(lambda tx, n=count, d=age: replies(tx, count=n, age_days=d))
        purge = still(database)
        assert await purge.batch()
        assert await database.read(ages) == [90, 700 - BATCH, 31, 50, 30, 10, 1, 5]
        assert not await purge.batch()
        assert await database.read(ages) == [30, 10, 1, 5]
        await database.close()

    asyncio.run(scenario())


def still(database: Database, *, at: Microseconds = NOW) -> ReplyPurge:
    """A purge for which no time passes."""
    running = RunningTime(at, steady=lambda: 0)
    return ReplyPurge(database, running, key_days=30, every_seconds=60)


def test_unsent_mail_keeps_its_stored_reply(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: replies(tx, count=2, age_days=40))
        await database.write(lambda tx: send_mail(tx, unsent="id = 1"))
        assert not await still(database).batch()
        rows = await database.read(lambda tx: tx.all("SELECT id FROM idem"))
        assert [row["id"] for row in rows] == [1]
        await database.close()

    asyncio.run(scenario())


def send_mail(tx: Transaction, *, unsent: str, copy: str = "", effect: str = "send_email") -> None:
    """Each reply is that of a mail; `unsent` says in SQL which of them have not left. `copy` is the
    end of the key of a mail to another recipient."""
    tx.execute("INSERT INTO lane (name) VALUES ('l') ON CONFLICT DO NOTHING")
    tx.execute(
        "INSERT INTO outbox (id, kind, dedupe, lane, target, target_key, payload, policy,"
        f" state, next_at, created_at) SELECT 'm{copy}' || id, 'email', '{effect}:' || id || ':'"
        f" || created_at || '{copy}', 'l', 't', 't', '', 'hold',"
        f" CASE WHEN {unsent} THEN 'queued' ELSE 'sent' END, 0, 0 FROM idem"
    )


@pytest.mark.parametrize(("effect", "copy"), [("send_email", ":cc:3"), ("notify", ":7")])
def test_unsent_mail_to_another_recipient_keeps_the_stored_reply(
    tmp_path: Path, effect: str, copy: str
) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: replies(tx, count=12, age_days=40))
        await database.write(lambda tx: send_mail(tx, unsent="id < 1"))
        await database.write(
            lambda tx: send_mail(tx, unsent="id IN (1, 12)", copy=copy, effect=effect)
        )
        assert not await still(database).batch()
        rows = await database.read(lambda tx: tx.all("SELECT id FROM idem ORDER BY id"))
        assert [row["id"] for row in rows] == [1, 12]
        await database.close()

    asyncio.run(scenario())


def test_stuck_mails_keep_only_their_own_replies(tmp_path: Path) -> None:
    """A mailbox whose password has been wrong for a month, say."""

    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        for count, age in ((3 * BATCH, 40), (1, 1)):
            await database.write(lambda tx, n=count, d=age: replies(tx, count=n, age_days=d))
        await database.write(lambda tx: send_mail(tx, unsent=f"id <= {2 * BATCH}"))
        purge = still(database)
        for _ in range(2):
            while await purge.batch():
                pass
            assert await database.read(ages) == [40, 2 * BATCH, 1, 1]
        await database.close()

    asyncio.run(scenario())


def test_running_time_is_stored_and_never_set_back(tmp_path: Path) -> None:
    async def scenario() -> list[int]:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        found = [await database.read(running_time.find_running_time)]
        for moment in (5 * DAY, 3 * DAY):
            await still(database, at=moment).store_running_time()
            found.append(await database.read(running_time.find_running_time))
        await database.write(lambda tx: replies(tx, count=1, age_days=0))
        found.append(await database.read(running_time.find_running_time))
        await database.close()
        return found

    assert asyncio.run(scenario()) == [0, 5 * DAY, 5 * DAY, NOW]


def test_retry_during_a_purge_replays_or_runs(place: PeculiarPlace) -> None:
    """A window of no length: each reply is forgotten within the next tenth of a second."""
    place.begin(key_days=0, purge_seconds=0.02)
    fresh, last, replayed = 0, b"", 0
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline and not (fresh > 20 and replayed > 20):
        status, headers, body = place.post(CREATE, ticket("again"), "again")
        assert status == 200
        if headers.get("idempotency-replayed"):
            assert body == last
            replayed += 1
        else:
            assert body != last
            fresh, last = fresh + 1, body
    assert fresh > 1
    assert replayed > 1
    assert len(place.every_ticket("number")) == fresh
