"""The power is cut at any moment: every acknowledged write is on the disk, and the database is
intact.

By hand: TICKITI_TEST_CUTS=5000, and TICKITI_TEST_SEED to see one run again.
"""

import os
import random
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import tickiti_server
from tests.support.faults.power import Disk, RecordedPlace, cuts, events
from tests.support.place import ticket
from tests.support.waiting import wait_until
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.files.integrity import shm_path, wal_path

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")

CUTS = int(os.environ.get("TICKITI_TEST_CUTS", "100"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
TICKETS = 80
CLIENTS = 4
SAFE = '"PRAGMA synchronous = FULL"'


def long_ticket(subject: str) -> dict[str, Any]:
    """Of several pages."""
    return {**ticket(subject), "data": {"subject": subject, "content": subject * 3000}}


def record(place: RecordedPlace, package: Path | None = None) -> Disk:
    """Let a server work, with a spell in which the log is emptied; the disk as it was before."""
    place.prepare()
    log = wal_path(place.database)
    before = {
        path.name: bytearray(path.read_bytes() if path.exists() else b"")
        for path in (place.database, log)
    }
    place.begin(package)
    try:
        work(place, log)
    finally:
        code = place.end()
    assert code == 0
    return Disk(before)


def work(place: RecordedPlace, log: Path) -> None:
    with ThreadPoolExecutor(CLIENTS) as threads:
        for part in range(2):
            names = [f"{part}-{n}" for n in range(TICKETS // 2)]
            replies = threads.map(
                lambda name: place.post("/api/create_ticket", long_ticket(name), name), names
            )
            assert {status for status, _, _ in replies} == {200}
            wait_until(lambda: not log.stat().st_size)


def found_broken(place: RecordedPlace, disk: Disk, count: int) -> list[str]:
    """What is wrong with the images of `count` cuts."""
    chance, broken = random.Random(SEED), list[str]()
    seen = events(place.record)
    image = place.folder / "image" / place.database.name
    image.parent.mkdir()

    def check() -> None:
        shm_path(image).unlink(missing_ok=True)
        disk.image(image.parent, chance)
        try:
            prepare_database(image)
            with closing(sqlite3.connect(image)) as connection:
                (state,) = connection.execute("PRAGMA integrity_check").fetchone()
                numbers = {row[0] for row in connection.execute("SELECT number FROM ticket")}
                keys = connection.execute("SELECT count(*) FROM idem").fetchone()[0]
        except (DatabaseUnusable, sqlite3.Error) as error:
            broken.append(str(error))
            return
        if state != "ok" or keys != len(numbers):
            broken.append(f"{state}: {keys} keys, {len(numbers)} tickets")
        if lost := disk.told - numbers:
            broken.append(f"told and lost: {sorted(lost)}")

    cuts(disk, seen, count, chance, check)
    assert len(disk.told) > TICKETS / 2
    return broken


@pytest.mark.timeout(90 + CUTS)
def test_power_cut_loses_no_acknowledged_write(
    tmp_path: Path,
) -> None:
    place = RecordedPlace(tmp_path)
    assert found_broken(place, record(place), CUTS) == [], f"seed {SEED}"


def test_power_cut_of_a_server_without_fsync_is_found(tmp_path: Path) -> None:
    """The negative control."""
    package = tmp_path / "package"
    shutil.copytree(Path(tickiti_server.__file__).parent, package / "tickiti_server")
    driver = package / "tickiti_server" / "store" / "sqlite" / "connection.py"
    careful = driver.read_text()
    assert careful.count(SAFE) == 1
    driver.write_text(careful.replace(SAFE, '"PRAGMA synchronous = OFF"'))
    place = RecordedPlace(tmp_path)
    broken = found_broken(place, record(place, package), 20)
    assert [sentence for sentence in broken if sentence.startswith("told and lost")] != []
