"""Files of a running server are removed or cut. No write is acknowledged that does not last.

By hand: TICKITI_TEST_SECONDS=3600 pytest -s with this file lets the last of them
run for an hour; each run prints its seed, and TICKITI_TEST_SEED repeats its choice.
"""

import http.client
import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.faults.history import History
from tests.support.faults.invariants import violations
from tests.support.faults.load import Load
from tests.support.faults.processes import ENDED_WITHIN, ServerProcess
from tests.support.place import ticket
from tests.support.waiting import wait_until

CREATE = "/api/create_ticket"
SECONDS = float(os.environ.get("TICKITI_TEST_SECONDS", "6"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
CLIENTS = 4
PATIENCE = 4.0
"""Seconds in which a client of the mixed load tries again: longer than a server refuses."""

UNUSABLE = 16


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "data").mkdir()
    place = ServerProcess(tmp_path)
    place.database = tmp_path / "data" / "t.db"
    place.begin()
    yield place
    if place.process.poll() is None:
        place.end(signal.SIGKILL)


def log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def remove_database(database: Path) -> None:
    database.unlink()


def replace_database(database: Path) -> None:
    other = database.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (a)")
    other.replace(database)


def move_database(database: Path) -> Path:
    return database.rename(database.with_name("moved.db"))


def move_folder(database: Path) -> Path:
    return database.parent.rename(database.parent.with_name("moved")) / database.name


def cover_folder(database: Path) -> Path:
    """Another folder stands in its place, with a database of the same name in it."""
    moved = move_folder(database)
    database.parent.mkdir()
    database.touch()
    return moved


def remove_log(database: Path) -> Path:
    log_of(database).unlink()
    return database


def move_log(database: Path) -> Path:
    log_of(database).rename(database.with_name("moved-wal"))
    return database


def replace_log(database: Path) -> Path:
    other = database.with_name("other")
    other.write_bytes(b"")
    other.replace(log_of(database))
    return database


KEPT = [move_database, move_folder, cover_folder, remove_log, move_log, replace_log]
"""Each returns where the database is then: what was acknowledged is in it."""

GONE = [remove_database, replace_database]
Taking = Callable[[Path], Path | None]


class Writers:
    """Clients that create tickets until the server is gone; they know what they were told."""

    def __init__(self, place: ServerProcess) -> None:
        self.acknowledged: dict[str, float] = {}
        """When each was asked for, by its subject."""

        self.refused: list[tuple[int, str]] = []
        self._place = place
        self._token = place.token
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=ENDED_WITHIN)
            assert not thread.is_alive()

    def _write(self, client: int) -> None:
        for number in range(100_000):
            subject, began = f"{client}-{number}", time.monotonic()
            try:
                status, _, raw = self._place.post(
                    CREATE, ticket(subject), subject, token=self._token
                )
            except (OSError, http.client.HTTPException):
                return
            if status == 200:
                self.acknowledged[subject] = began
            else:
                self.refused.append((status, json.loads(raw)["code"]))


def subjects(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in connection.execute("SELECT subject FROM ticket")}


def await_end(place: ServerProcess) -> None:
    assert place.process.wait(timeout=ENDED_WITHIN) == UNUSABLE, place.log
    assert "; the server ends, for no write would last. " in place.log
    assert "Traceback" not in place.log
    status = ("server", "status", "--db", str(place.database))
    assert place.tickiti(*status, check=False).returncode == 13


@pytest.mark.parametrize("take", [*KEPT, *GONE])
def test_server_ends_at_a_write_and_acknowledged_writes_are_kept(
    place: ServerProcess, take: Taking
) -> None:
    writers = Writers(place)
    wait_until(lambda: len(writers.acknowledged) >= 100)
    is_at = take(place.database)
    taken_at = time.monotonic()
    writers.join()
    await_end(place)
    assert writers.refused
    assert set(writers.refused) == {(503, "storage_unavailable")}
    assert [one for one, began in writers.acknowledged.items() if began > taken_at] == []
    if is_at is not None:
        assert set(writers.acknowledged) <= subjects(is_at)


@pytest.mark.parametrize("take", [*KEPT, *GONE])
def test_idle_server_logs_that_a_file_is_gone(place: ServerProcess, take: Taking) -> None:
    for number in range(20):
        assert place.post(CREATE, ticket(str(number)), str(number))[0] == 200
    is_at = take(place.database)
    readiness = []
    try:
        while place.process.poll() is None:
            readiness.append(place.get("/_tickiti/readyz")[0])
            time.sleep(0.02)
    except (OSError, http.client.HTTPException):
        pass
    await_end(place)
    assert sorted(set(readiness))[-1] == 503
    if is_at is not None:
        assert subjects(is_at) == {str(number) for number in range(20)}


def test_writes_after_the_wal_is_removed_are_refused(place: ServerProcess) -> None:
    """The server is killed as soon as the last of them is answered."""
    replies = {}
    for number in range(40):
        if number == 20:
            log_of(place.database).unlink()
        try:
            replies[str(number)] = place.post(CREATE, ticket(str(number)), str(number))[0]
        except (OSError, http.client.HTTPException):
            break
    place.end(signal.SIGKILL)
    place.begin()
    there = {row["subject"] for row in place.every_ticket("number")}
    assert {subject for subject, status in replies.items() if status == 200} <= there
    assert 503 in replies.values()
    assert place.end() == 0


def test_stop_after_the_database_is_removed_does_not_exit_0(
    place: ServerProcess,
) -> None:
    assert place.post(CREATE, ticket("one"), "one")[0] == 200
    place.database.unlink()
    assert place.end() == UNUSABLE


def test_second_name_of_the_database_is_warned_of_once(
    place: ServerProcess,
) -> None:
    place.database.with_name("copy.db").hardlink_to(place.database)
    for number in range(5):
        assert place.post(CREATE, ticket(str(number)), str(number))[0] == 200
    assert place.end() == 0
    assert place.log.count("has a second name (a hard link): that is not a copy") == 1


def cut_database(database: Path) -> None:
    os.truncate(database, 0)


def halve_database(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def cut_log(database: Path) -> None:
    os.truncate(log_of(database), 0)


@pytest.mark.parametrize("cut", [cut_database, halve_database, cut_log])
@pytest.mark.parametrize("begins_idle", [False, True])
def test_writes_after_a_truncation_are_not_acknowledged(
    place: ServerProcess, cut: Callable[[Path], None], begins_idle: bool
) -> None:
    """What was acknowledged before may be lost with what was cut off: it was there alone."""
    for number in range(20):
        assert place.post(CREATE, ticket(str(number)), str(number))[0] == 200
    if begins_idle:
        time.sleep(2.5)
        assert place.post(CREATE, ticket("last"), "last")[0] == 200
    cut(place.database)
    behind = []
    try:
        for number in range(400):
            behind.append(place.post(CREATE, ticket(f"b{number}"), f"b{number}")[0])
            time.sleep(0.02)
    except (OSError, http.client.HTTPException):
        pass
    assert set(behind) <= {503}
    assert place.process.wait(timeout=ENDED_WITHIN) == UNUSABLE, place.log
    assert "was cut short while the server had it open; the server ends" in place.log
    assert "Traceback" not in place.log


def test_another_program_that_empties_the_log_loses_nothing(place: ServerProcess) -> None:
    for number in range(20):
        assert place.post(CREATE, ticket(str(number)), str(number))[0] == 200
    with closing(sqlite3.connect(place.database)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert log_of(place.database).stat().st_size == 0
    assert place.post(CREATE, ticket("behind"), "behind")[0] == 200
    time.sleep(0.2)
    assert place.post(CREATE, ticket("last"), "last")[0] == 200
    assert len(place.every_ticket("number")) == 22


def put_back(place: ServerProcess, is_at: Path) -> None:
    if is_at.parent != place.database.parent:
        if place.database.parent.exists():
            for path in place.database.parent.iterdir():
                path.unlink()
            place.database.parent.rmdir()
        is_at.parent.rename(place.database.parent)
    elif is_at != place.database:
        is_at.rename(place.database)


@pytest.mark.timeout(120 + 3 * SECONDS)
def test_repeated_removal_of_files_loses_and_doubles_no_write(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    (tmp_path / "data").mkdir()
    place = ServerProcess(tmp_path)
    place.database = tmp_path / "data" / "t.db"
    load, rounds = Load(place, History(), patience=PATIENCE), 0
    place.begin()
    load.prepare()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline or rounds < 2:
        rounds += 1
        threads = load.run(CLIENTS, chance.uniform(0.05, 0.6), f"{rounds}")
        is_at = chance.choice(KEPT)(place.database)
        await_end(place)
        load.over.set()
        for thread in threads:
            thread.join()
        put_back(place, is_at)
        place.begin()
        unknown = load.history.unknown()
        load.settle(chance.sample(unknown, len(unknown) // 2))
        assert violations(place.database, load.history) == [], f"seed {SEED}, round {rounds}"
    assert place.end() == 0
    known = load.history.acknowledged()
    print(f"seed {SEED}: {rounds} times taken, {len(known)} acknowledged")
