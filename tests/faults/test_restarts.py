"""The server gets SIGTERM under load again and again. No write is lost, and clients that retry
never fail.

By hand: TICKITI_TEST_RESTARTS=200.
"""

import os
from pathlib import Path

import pytest

from tests.support.faults.history import History
from tests.support.faults.invariants import violations
from tests.support.faults.load import Load
from tests.support.faults.processes import ServerProcess

RESTARTS = int(os.environ.get("TICKITI_TEST_RESTARTS", "6"))
CLIENTS = 6
PATIENCE_SECONDS = 20.0


@pytest.mark.timeout(60 + 6 * RESTARTS)
def test_restarts_under_load_lose_no_write_and_fail_no_retry(
    tmp_path: Path,
) -> None:
    place = ServerProcess(tmp_path)
    load = Load(place, History(), patience=PATIENCE_SECONDS)
    place.begin()
    load.prepare()
    threads = load.run(CLIENTS, 0.3, "restarts")
    codes = []
    for _ in range(RESTARTS):
        codes.append(place.end())
        place.begin()
        threads[0].join(0.3)
    load.over.set()
    for thread in threads:
        thread.join()
    assert place.end() == 0
    told = f"{RESTARTS} restarts, {len(load.history.acknowledged())} acknowledged, "
    print(f"{told}{load.retries} retries, {load.rotations} rotations")
    assert codes == [0] * RESTARTS
    assert load.history.unknown() == []
    assert violations(place.database, load.history) == []
    assert load.retries > 0
