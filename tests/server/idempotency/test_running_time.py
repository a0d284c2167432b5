"""The clock of keys counts the time that a server really ran, and nothing else."""

from types import SimpleNamespace

import pytest

from tickiti_server.clock import DAY, SECOND
from tickiti_server.idempotency.replay import kept_until
from tickiti_server.idempotency.running_time import MOST_STEP, RunningTime
from tickiti_server.store.access.idempotency import StoredReply

NOW = 20_000 * DAY
WINDOW = 30 * DAY


def stored(*, created_at: int, ran_at: int) -> StoredReply:
    return StoredReply(
        fp_version=1, fp_raw=b"", fp_canon=b"", status=200, body=b"",
        created_at=created_at, ran_at=ran_at,
    )  # fmt: skip


def test_running_time_continues_from_the_stored_count() -> None:
    process = SimpleNamespace(at=7 * DAY)
    running = RunningTime(5 * DAY, steady=lambda: process.at)
    assert running.now() == 5 * DAY
    process.at += 60 * SECOND
    assert running.now() == 5 * DAY + 60 * SECOND


@pytest.mark.parametrize("step", [-700 * DAY, -1, 0])
def test_running_time_never_goes_back(step: int) -> None:
    process = SimpleNamespace(at=NOW)
    running = RunningTime(DAY, steady=lambda: process.at)
    process.at += step
    assert running.now() == DAY
    process.at += SECOND
    assert running.now() == DAY + SECOND


@pytest.mark.parametrize("step", [40 * DAY, 365_000 * DAY, 3600 * SECOND])
def test_running_time_excludes_a_stopped_process(step: int) -> None:
    process = SimpleNamespace(at=NOW)
    running = RunningTime(DAY, steady=lambda: process.at)
    process.at += step
    assert running.now() == DAY + MOST_STEP


@pytest.mark.parametrize(
    ("clock_then", "clock_now", "ran"),
    [
        (NOW - 700 * DAY, NOW, 60 * SECOND),
        (NOW + 40 * DAY, NOW, 60 * SECOND),
        (NOW, NOW - 3 * DAY, DAY),
        (NOW, NOW + DAY // 2, DAY // 2),
        (NOW, NOW + 90 * DAY, DAY),
        (NOW, NOW + 40 * DAY, 40 * DAY),
        (0, NOW, 29 * DAY),
    ],
)
def test_announced_expiry_is_kept_and_lies_in_the_future(
    clock_then: int, clock_now: int, ran: int
) -> None:
    reply = stored(created_at=clock_then, ran_at=5 * DAY)
    until = kept_until(reply, days=30, now=clock_now, running=5 * DAY + ran)
    assert clock_now <= until <= clock_now + max(WINDOW - ran, 0) + SECOND


def test_replay_announces_the_first_expiry() -> None:
    """Also where the server stood still for some days: then the key lives longer than it says."""
    reply = stored(created_at=NOW, ran_at=5 * DAY)
    for ran, off in ((0, 0), (3 * DAY, 0), (DAY, 7 * DAY), (29 * DAY, 0)):
        until = kept_until(reply, days=30, now=NOW + ran + off, running=5 * DAY + ran)
        assert until == NOW + WINDOW
