"""Stored replies are forgotten after their window, never before, and never between two answers."""

import asyncio
import json
import logging
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.peculiar import PeculiarPlace
from tests.place import ticket
from tickiti_server.call import DAY
from tickiti_server.purging import BATCH, Purge
from tickiti_server.store.database import Database, Transaction, open_database, prepare_database

CREATE = "/api/create_ticket"
NOW = 2_000 * DAY
HAS_FAKETIME = pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    place = PeculiarPlace(tmp_path)
    yield place
    if place.process.poll() is None:
        assert place.end() == 0


def replies(tx: Transaction, *, count: int, age_days: int) -> None:
    row = (
        "INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw,"
        " fp_canon, status, body, request_id, created_at)"
        " VALUES (1, randomblob(32), '', '', 1, '', '', 200, '', '', :at)"
    )
    for _ in range(count):
        tx.execute(row, {"at": NOW - age_days * DAY})


def ages(tx: Transaction) -> list[int]:
    """In days, with how many there are of each: [days, count, days, count, ...]."""
    rows = tx.all("SELECT created_at AS at, count(*) AS n FROM idem GROUP BY at ORDER BY at")
    return [number for row in rows for number in ((NOW - row["at"]) // DAY, row["n"])]


def test_only_what_is_older_than_the_window_goes_in_batches_oldest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        for count, age in ((700, 90), (50, 31), (10, 30), (5, 1)):
            await database.write(lambda tx, n=count, d=age: replies(tx, count=n, age_days=d))
        purge = still(database, lambda: NOW)
        assert await purge.batch()
        assert await database.read(ages) == [90, 700 - BATCH, 31, 50, 30, 10, 1, 5]
        assert not await purge.batch()
        assert await database.read(ages) == [30, 10, 1, 5]
        await database.close()

    asyncio.run(scenario())


def still(database: Database, clock: "type[int] | object") -> Purge:
    """A purge for which no time passes but what `clock` says."""
    return Purge(database, key_days=30, every_seconds=60, clock=clock, steady=lambda: 0)  # type: ignore[arg-type]


def test_mail_that_has_not_left_keeps_its_operation(tmp_path: Path) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: replies(tx, count=2, age_days=40))
        await database.write(lambda tx: send_mail(tx, unsent="id = 1"))
        assert not await still(database, lambda: NOW).batch()
        rows = await database.read(lambda tx: tx.all("SELECT id FROM idem"))
        assert [row["id"] for row in rows] == [1]
        await database.close()

    asyncio.run(scenario())


def send_mail(tx: Transaction, *, unsent: str) -> None:
    """Each reply is that of a mail; `unsent` says in SQL which of them have not left."""
    tx.execute("INSERT INTO lane (name) VALUES ('l')")
    tx.execute(
        "INSERT INTO outbox (id, kind, dedupe, lane, target, target_key, payload, policy,"
        " state, next_at, created_at)"
        " SELECT 'm' || id, 'email', 'send_email:' || id || ':' || created_at, 'l', 't', 't',"
        f" '', 'hold', CASE WHEN {unsent} THEN 'queued' ELSE 'sent' END, 0, 0 FROM idem"
    )


def test_a_thousand_mails_that_cannot_leave_keep_their_own_operations_alone(tmp_path: Path) -> None:
    """A mailbox whose password has been wrong for a month, say."""

    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        for count, age in ((3 * BATCH, 40), (1, 1)):
            await database.write(lambda tx, n=count, d=age: replies(tx, count=n, age_days=d))
        await database.write(lambda tx: send_mail(tx, unsent=f"id <= {2 * BATCH}"))
        purge = still(database, lambda: NOW)
        for _ in range(2):
            while await purge.batch():
                pass
            assert await database.read(ages) == [40, 2 * BATCH, 1, 1]
        await database.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("days", [3650, -2])
def test_a_clock_that_was_set_forgets_nothing_and_says_so_once(
    tmp_path: Path, days: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: replies(tx, count=3, age_days=40))
        moment = [NOW]
        purge = still(database, lambda: moment[0])
        moment[0] += days * DAY
        assert [await purge.batch(), await purge.batch()] == [False, False]
        assert await database.read(ages) == [40, 3]
        moment[0] = NOW + DAY // 2
        assert not await purge.batch()
        assert await database.read(ages) == []
        await database.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    told = (
        f"the clock was moved by {24 * days} h: no key is forgotten until it is back or the server"
        " is started anew"
    )
    assert [record.getMessage() for record in caplog.records] == [told]


def test_a_clock_that_is_set_in_the_middle_of_a_look_forgets_nothing(tmp_path: Path) -> None:
    """It is right when it is looked at first, and ten years ahead from then on."""

    async def scenario() -> list[int]:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(lambda tx: replies(tx, count=3, age_days=4))
        readings = iter([NOW, NOW])
        await still(database, lambda: next(readings, NOW + 3650 * DAY)).batch()
        kept = await database.read(ages)
        await database.close()
        return kept

    assert asyncio.run(scenario()) == [4, 3]


def test_a_retry_during_the_purge_meets_the_row_or_its_absence(place: PeculiarPlace) -> None:
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


def faked(place: PeculiarPlace, moment: str) -> Path:
    """From its start on, the place's wall clock is what this file says."""
    file = place.folder / "moment"
    file.write_text(moment)
    library = subprocess.run(
        ["faketime", "-f", "+0d", "printenv", "LD_PRELOAD"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    place.environment |= {
        "LD_PRELOAD": library.stdout.strip(),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return file


def leave_an_ancient_reply(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        columns = "family_id, 'ancient', key_hint, operation, fp_version, fp_raw, fp_canon, status"
        connection.execute(
            "INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw,"
            " fp_canon, status, body, request_id, created_at)"
            f" SELECT {columns}, body, request_id, 0 FROM idem"
        )
        connection.commit()


def await_end_of_the_ancient_reply(database: Path) -> None:
    """Then the purge has looked at all that is there."""
    deadline = time.monotonic() + 10
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while connection.execute("SELECT 1 FROM idem WHERE created_at = 0").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@HAS_FAKETIME
@pytest.mark.parametrize(("days", "is_replay"), [(29, True), (31, False)])
def test_a_retry_is_replayed_within_thirty_days_and_new_after_them(
    place: PeculiarPlace, days: int, is_replay: bool
) -> None:
    place.begin()
    token = place.token
    first = place.post(CREATE, ticket("once"), "once")
    assert place.end() == 0
    faked(place, f"+{days}d")
    leave_an_ancient_reply(place.database)
    place.begin(purge_seconds=0.05)
    await_end_of_the_ancient_reply(place.database)
    again = place.post(CREATE, ticket("once"), "once", token=token)
    assert (again[0], "idempotency-replayed" in again[1]) == (200, is_replay)
    assert (again[2] == first[2]) is is_replay
    assert len(place.every_ticket("number")) == (1 if is_replay else 2)


@HAS_FAKETIME
def test_a_wall_clock_that_jumps_ten_years_takes_no_key_with_it(place: PeculiarPlace) -> None:
    moment = faked(place, "+0")
    place.begin(purge_seconds=0.05)
    first = place.post(CREATE, ticket("once"), "once")
    moment.write_text("+3650d")
    deadline = time.monotonic() + 10
    while "the clock was moved by 876" not in place.log:
        assert time.monotonic() < deadline, place.log
        time.sleep(0.02)
    again = place.post(CREATE, ticket("once"), "once")
    assert json.loads(again[2]) == json.loads(first[2])
    assert again[1]["idempotency-replayed"] == "true"
    assert place.log.count("the clock was moved") == 1
