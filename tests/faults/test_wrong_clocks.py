"""Clocks are wrong at a start, or are set while the server runs. No key is forgotten early.

By hand: TICKITI_TEST_SECONDS=3600 pytest -s with this file lets the last of them run
for an hour; each run prints its seed, and TICKITI_TEST_SEED repeats its choice of clocks.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.databases import execute, value
from tests.support.faketime import HAS_FAKETIME, faked, set_moment
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.waiting import wait_until
from tickiti_server.clock import DAY
from tickiti_server.store.sqlite.files.backup import back_up

CREATE = "/api/create_ticket"
SECONDS = float(os.environ.get("TICKITI_TEST_SECONDS", "8"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
OFTEN = 0.05
"""Seconds between two looks for old keys; an ordinary server looks once a minute."""

MOST_STOPPED = 3
"""Servers in a row whose timers stop; one in fifty does."""

CLOCKS = ("-700d", "-40d", "-1d", "+0", "+31d", "+40d", "+3650d")

pytestmark = HAS_FAKETIME


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    place = PeculiarPlace(tmp_path)
    yield place
    if place.process.poll() is None:
        assert place.end() == 0


def await_a_look_at_every_key(place: PeculiarPlace, *, row: int | None = None) -> None:
    """A reply that is older than any clock goes with the first look; then one more. `row` is the id
    that it takes: old replies come first, and a look ends where five hundred are not old.

    The server is asked for its health meanwhile: a clock that libfaketime moves while the loop
    sleeps can make that sleep a long one, which any request ends.
    """
    for _ in range(2):
        _leave_an_ancient_reply(place.database, row)
        wait_until(lambda: _is_without_ancient_replies(place), place.process, seconds=60)


def _is_without_ancient_replies(place: PeculiarPlace) -> bool:
    place.get("/_tickiti/healthz")
    return not place.rows("SELECT 1 FROM idem WHERE key_hint = 'ancient'")


def _leave_an_ancient_reply(database: Path, row: int | None) -> None:
    execute(
        database,
        "INSERT OR REPLACE INTO idem (id, family_id, key_sha256, key_hint, operation,"
        " fp_version, fp_raw,"
        " fp_canon, status, body, request_id, created_at, ran_at)"
        " VALUES (:id, 0, randomblob(32), 'ancient', '', 1, '', '', 200, '', '', 0, :ran_at)",
        {"id": row, "ran_at": -90 * DAY},
    )


def assert_replayed(place: PeculiarPlace, key: str, first: bytes, *, is_dated: bool = True) -> None:
    """A Date header is up to a second old: one that is read while clocks are set says nothing."""
    status, headers, body = place.post(CREATE, ticket(key), key)
    assert (status, body) == (200, first)
    assert headers["idempotency-replayed"] == "true"
    if is_dated:
        assert_announced_in_time(headers)


def assert_announced_in_time(headers: dict[str, str]) -> None:
    until = datetime.fromisoformat(headers["idempotency-expires-at"])
    assert until >= parsedate_to_datetime(headers["date"])


@pytest.mark.parametrize(
    ("then", "now"), [("-700d", "+0"), ("+40d", "+0"), ("+0", "+31d"), ("+3650d", "-1d")]
)
def test_clock_wrong_at_a_start_forgets_no_key(place: PeculiarPlace, then: str, now: str) -> None:
    moment = faked(place, then)
    place.begin(purge_seconds=OFTEN)
    status, headers, first = place.post(CREATE, ticket("pay"), "pay")
    assert status == 200
    assert_announced_in_time(headers)
    assert place.end() == 0
    set_moment(moment, now)
    place.begin(purge_seconds=OFTEN)
    await_a_look_at_every_key(place)
    assert_replayed(place, "pay", first)
    assert [row["subject"] for row in place.every_ticket("number")] == ["pay"]


@pytest.mark.parametrize("steady", [True, False])
def test_clock_set_while_the_server_runs_forgets_no_key(place: PeculiarPlace, steady: bool) -> None:
    """Also where the clocks that nobody can set jump with it."""
    moment = faked(place, "-700d", steady=steady)
    place.begin(purge_seconds=OFTEN)
    first = place.post(CREATE, ticket("pay"), "pay")[2]
    for before, step in pairwise(("-700d", "-1d", "+40d", "+3650d")):
        set_moment(moment, step)
        if not steady:
            _begin_anew_if_stopped(place, moment, before, step)
        await_a_look_at_every_key(place)
        assert_replayed(place, "pay", first, is_dated=False)


def _begin_anew_if_stopped(place: PeculiarPlace, moment: Path, before: str, step: str) -> None:
    """Set the clock of another server if the timers of this one have stopped.

    The threads of a program share what libfaketime reads from its file, so that one that asks for
    the time at that instant may get neither of both. A timer that begins with it never ends.
    """
    for _ in range(MOST_STOPPED):
        _leave_an_ancient_reply(place.database, None)
        with suppress(pytest.fail.Exception):
            wait_until(lambda: _is_without_ancient_replies(place), place.process, seconds=10)
            return
        place.process.kill()
        place.process.wait()
        set_moment(moment, before)
        place.begin(purge_seconds=OFTEN)
        set_moment(moment, step)


def test_key_in_a_backup_keeps_its_age(
    place: PeculiarPlace,
) -> None:
    place.begin(purge_seconds=OFTEN)
    first = place.post(CREATE, ticket("pay"), "pay")[2]
    backup = place.folder / "backup.db"
    back_up(place.database, backup)
    assert place.end() == 0
    served_for(place.database, days=31)
    # A process of its own: it holds the new database until it ends.
    command = [sys.executable, "-m", "tickiti_server", "restore", str(backup)]
    subprocess.run([*command, "--db", str(place.database)], check=True, capture_output=True)
    faked(place, "+31d")
    place.begin(purge_seconds=OFTEN)
    await_a_look_at_every_key(place)
    assert_replayed(place, "pay", first)


def served_for(database: Path, *, days: float) -> None:
    """As if servers had run so long since."""
    more = {"more": int(days * DAY)}
    execute(database, "UPDATE running_time SET microseconds = microseconds + :more", more)


@pytest.mark.parametrize(("days", "is_replay"), [(29.9, True), (30.1, False)])
def test_key_is_forgotten_after_thirty_days_of_service(
    place: PeculiarPlace, days: float, is_replay: bool
) -> None:
    faked(place, "-700d")
    place.begin(purge_seconds=OFTEN)
    first = place.post(CREATE, ticket("pay"), "pay")
    assert place.end() == 0
    served_for(place.database, days=days)
    place.begin(purge_seconds=OFTEN)
    await_a_look_at_every_key(place)
    again = place.post(CREATE, ticket("pay"), "pay")
    assert (again[0], "idempotency-replayed" in again[1]) == (200, is_replay)
    assert (again[2] == first[2]) is is_replay


def test_running_time_is_kept_across_every_end_of_the_server(place: PeculiarPlace) -> None:
    counted = [0]
    for number, end in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)):
        place.begin()
        time.sleep(0.3)
        place.post(CREATE, ticket(str(number)), str(number))
        place.end(end)
        counted.append(running_time(place.database))
    assert min(after - before for before, after in pairwise(counted)) >= 300_000


def running_time(database: Path) -> int:
    """In microseconds, as the next server will continue it."""
    noted = "SELECT microseconds AS at FROM running_time"
    return int(value(database, f"SELECT max(at) FROM ({noted} UNION ALL SELECT ran_at FROM idem)"))


@pytest.mark.timeout(120 + 3 * SECONDS)
def test_restarts_under_changing_clocks_lose_and_double_no_write(
    place: PeculiarPlace,
) -> None:
    chance, known = random.Random(SEED), dict[str, bytes]()
    moment, counted, starts = faked(place, "+0"), 0, 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline or starts < 3:
        set_moment(moment, chance.choice(CLOCKS))
        place.begin(purge_seconds=OFTEN)
        starts += 1
        if starts == 1:  # its row is where the ancient replies will be
            place.post(CREATE, ticket("first"), "first")
        for _ in range(3):
            key = f"{len(known)}"
            known[key] = place.post(CREATE, ticket(key), key)[2]
            set_moment(moment, chance.choice(CLOCKS))
            await_a_look_at_every_key(place, row=1)
            for old in chance.sample(sorted(known), min(5, len(known))):
                assert_replayed(place, old, known[old], is_dated=False)
        place.end(chance.choice((signal.SIGTERM, signal.SIGKILL)))
        before, counted = counted, running_time(place.database)
        assert counted >= before
    set_moment(moment, "+0")
    place.begin()
    subjects = [row["subject"] for row in place.every_ticket("number")]
    told = f"seed {SEED}: {starts} starts, {len(known)} keys, {counted / 1e6:.0f} s of service"
    print(f"{datetime.now(UTC):%H:%M} {told}")
    assert sorted(subjects) == sorted([*known, "first"]), told
