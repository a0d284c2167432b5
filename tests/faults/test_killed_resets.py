"""A killed load of a snapshot leaves the former state of a test server, or the new one.

By hand: TICKITI_TEST_KILLS=200.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.support.place import Place, holds_files, ticket
from tests.support.waiting import wait_until

KILLS = int(os.environ.get("TICKITI_TEST_KILLS", "10"))
SEED = 14
FEW, MANY = 20, 300
LOAD_SECONDS = 0.06
"""About what the load of MANY tickets takes."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A server with a snapshot `few` and a snapshot `many`."""
    found = Place(tmp_path)
    found.start_for_tests()
    for name, tickets in (("few", FEW), ("many", MANY)):
        control(found, "reset")
        for n in range(tickets):
            assert found.post("/api/create_ticket", ticket(f"{name} {n}"), f"{name} {n}")[0] == 200
        control(found, "snapshots/save", name)
    yield found
    found.tickiti("server", "stop", "--db", str(found.database), check=False)


def control(place: Place, path: str, name: str | None = None) -> None:
    status, _, raw = place.post(f"/_tickiti/test/{path}", {} if name is None else {"name": name})
    assert status == 200, raw


def epoch(place: Place) -> str:
    found: str = json.loads(place.get("/_tickiti/healthz")[2])["epoch"]
    return found


def kill_within_a_load(place: Place, seconds: float) -> None:
    shown = place.tickiti("server", "status", "--db", str(place.database), "--json").stdout
    pid = int(json.loads(shown)["pid"])

    def load() -> None:
        with suppress(OSError, HTTPException):
            place.post("/_tickiti/test/snapshots/load", {"name": "many"})

    loading = threading.Thread(target=load)
    loading.start()
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    loading.join()
    wait_until(lambda: not holds_files(pid))


@pytest.mark.timeout(600)
def test_killed_load_leaves_the_former_or_the_new_state(place: Place) -> None:
    chance = random.Random(SEED)
    for _ in range(KILLS):
        control(place, "snapshots/load", "few")
        before = epoch(place)
        kill_within_a_load(place, chance.uniform(0, LOAD_SECONDS))
        place.start_for_tests()
        tickets = place.value("SELECT count(*) FROM ticket")
        assert (tickets, epoch(place) == before) in {(FEW, True), (MANY, False)}
        assert place.value("PRAGMA integrity_check") == "ok"
        assert place.rows("PRAGMA foreign_key_check") == []
        name = "few" if tickets == FEW else "many"
        status, headers, _ = place.post("/api/create_ticket", ticket(f"{name} 0"), f"{name} 0")
        assert (status, headers.get("idempotency-replayed")) == (200, "true")
