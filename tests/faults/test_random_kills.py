"""The server gets kill -9 at random instants under mixed load. No acknowledged write is lost or
doubled.

By hand: TICKITI_TEST_KILLS=200 make test-faults, or `pytest -s` with this file; with
TICKITI_TEST_SECONDS=3600 as many kills as an hour takes. Each run prints its seed, and
TICKITI_TEST_SEED repeats its choice of instants.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import tickiti_server
from tests.support.faults.history import History
from tests.support.faults.invariants import violations
from tests.support.faults.load import Load
from tests.support.faults.processes import ServerProcess

SECONDS = float(os.environ.get("TICKITI_TEST_SECONDS", "0"))
"""0: as many kills as KILLS says."""

KILLS = int(os.environ.get("TICKITI_TEST_KILLS", "50"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
CLIENTS = 6
CONTROL_KILLS = 60
"""The first few find it."""

OF_A_LOST_WRITE = (
    "was acknowledged and has 0 effects", "ran again after it was acknowledged",
    "was told two outcomes",
)  # fmt: skip
"""One of these is said of a write that was acknowledged and then lost. A few are sent again before
the look at the database: those ran again, and their effects are there."""

CHECKS = 20
"""Looks at the whole database in one run: their cost grows with it."""

COMMIT = '        self._connection.execute("COMMIT")\n'
ANSWER = "                self._answer(results)\n"
LATE_COMMIT = (
    "                if self._connection.execute('SELECT 1 FROM ticket').fetchone():\n"
    "                    __import__('time').sleep(0.05)\n"
    "                if self._connection.in_transaction:\n"
    f"            {COMMIT}"
)
"""The acknowledgement leaves 50 ms before the commit, once the first tokens are stored."""


def crash_and_check(
    place: ServerProcess,
    kills: int,
    seconds: float = 0.0,
    is_enough: Callable[[list[str]], bool] = bool,
) -> tuple[Load, list[str]]:
    """Run the load, kill the server in the middle, look at what is there; `kills` times, or until
    the violations are enough."""
    chance = random.Random(SEED)
    load = Load(place, History())
    place.begin()
    load.prepare()
    until = time.monotonic() + seconds
    between_looks = 25 if seconds else max(1, kills // CHECKS)
    cycle, is_last = 0, False
    while not is_last:
        is_last = time.monotonic() > until if seconds else cycle == kills - 1
        threads = load.run(CLIENTS, chance.uniform(0.05, 0.4), f"{cycle}")
        place.end(signal.SIGKILL)
        load.over.set()
        for thread in threads:
            thread.join()
        place.begin()
        unknown = load.history.unknown()
        load.settle(chance.sample(unknown, len(unknown) // 2))
        acknowledged = load.history.acknowledged()
        load.settle(chance.sample(acknowledged, min(10, len(acknowledged))))
        if cycle % between_looks == 0 or is_last:
            found = violations(place.database, load.history)
            if is_enough(found):
                break
        cycle += 1
    load.kills = cycle
    assert place.end() == 0
    return load, found


def told(load: Load) -> str:
    operations = load.history.operations
    return (
        f"seed {SEED}: {load.kills} kills, {len(operations)} operations,"
        f" {len(load.history.acknowledged())} acknowledged, {load.history.attempts} replies,"
        f" {load.rotations} rotations, {len(load.history.unknown())} unknown to the end"
    )


@pytest.mark.timeout(60 + 6 * KILLS + 2 * SECONDS)
def test_kill_at_random_loses_and_doubles_no_acknowledged_write(
    tmp_path: Path,
) -> None:
    load, found = crash_and_check(ServerProcess(tmp_path), KILLS, SECONDS)
    print(told(load))
    assert found == [], told(load)
    assert len(load.history.acknowledged()) > KILLS


def test_kill_of_a_server_that_acknowledges_too_early_is_found(tmp_path: Path) -> None:
    """The negative control: without it, a harness that sees nothing would look the same."""
    package = tmp_path / "package"
    shutil.copytree(Path(tickiti_server.__file__).parent, package / "tickiti_server")
    writer = package / "tickiti_server" / "store" / "sqlite" / "writer.py"
    honest = writer.read_text()
    assert (honest.count(COMMIT), honest.count(ANSWER)) == (1, 1)
    writer.write_text(honest.replace(COMMIT, "").replace(ANSWER, ANSWER + LATE_COMMIT))
    place = ServerProcess(tmp_path, package)
    _, found = crash_and_check(place, CONTROL_KILLS, is_enough=_tell_a_lost_write)
    assert _tell_a_lost_write(found), found


def _tell_a_lost_write(found: list[str]) -> bool:
    return any(told in sentence for sentence in found for told in OF_A_LOST_WRITE)
