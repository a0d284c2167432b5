"""Attackers with a token of each ability, and one without a token, load the server together. A
healthy client is served, memory is bounded, and SIGTERM ends the server.

By hand: TICKITI_TEST_SECONDS=60; -s shows the figures.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults.history import History
from tests.support.faults.latency import percentile, told
from tests.support.faults.load import Client, Load
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.stage import answer

SECONDS = int(os.environ.get("TICKITI_TEST_SECONDS", "10"))
ROOT = Path(__file__).parent.parent.parent
MOST_MEMORY = 1024 * 1024
"""KiB."""

P99_SECONDS = 1.0
BUSY = 4.0
"""What a machine may add on which the attackers have the same processors."""

DRAIN_SECONDS = 5
"""An ordinary server takes thirty, which the attackers make it wait for."""

ENDED_WITHIN = DRAIN_SECONDS + 2.0 + BUSY


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path)
    found.begin(drain_seconds=DRAIN_SECONDS)
    yield found
    if found.process.poll() is None:
        found.process.send_signal(signal.SIGKILL)
        found.process.wait()


def healthy(load: Load, seconds: float) -> list[float]:
    """How long each create and each read of one client took."""
    client, times = Client(load), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = f"healthy-{len(times)}"
        operation = load.history.invoke("create", key, ticket(key))
        for step in (lambda: client.attempt(operation), lambda: client.read(operation, [])):  # noqa: B023
            began = time.monotonic()
            step()
            times.append(time.monotonic() - began)
    client.close()
    return times


def memory(place: PeculiarPlace) -> int:
    status = Path(f"/proc/{place.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_attackers_of_every_ability_leave_a_healthy_client_served(
    place: PeculiarPlace,
) -> None:
    load = Load(place, History(), patience=30)
    load.prepare()
    long = {**ticket("long"), "data": {"subject": "long", "content": "word " * 2_000_000}}
    number = answer(place, "/api/create_ticket", long, "long")["data"]["ticket_number"]
    for n in range(5):
        more = {"ticket_number": number, "from_email": "a@b.example", "content": "a" * 9_000_000}
        answer(place, "/api/ticket_respond", more, f"long {n}")
    argv = [sys.executable, "-m", "tests.support.faults.attackers", str(place.port), place.token]
    with subprocess.Popen(
        [*argv, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as attackers:
        assert attackers.stdout is not None
        assert attackers.stdout.readline() == b"READY\n"
        times = healthy(load, SECONDS)
        peak = memory(place)
        began = time.monotonic()
        code = place.end()
        took = time.monotonic() - began
        answers = attackers.communicate()[0]
    print(f"healthy: {told(times)}, {load.retries} retries; {peak // 1024} MiB; end {took:.1f} s")
    print(f"attackers: {answers.decode()}")
    assert load.history.violations == []
    assert code == 0
    assert took < ENDED_WITHIN
    assert peak < MOST_MEMORY
    assert "Traceback" not in place.log
    assert percentile(times, 99) < P99_SECONDS + BUSY
    place.begin()
    created = [row["subject"] for row in place.every_ticket("number")]
    assert {*load.history.operations} <= {*created}
    assert place.end() == 0
