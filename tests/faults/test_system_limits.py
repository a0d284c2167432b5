"""The system limits the server: file size, open files, disk quota. Each limit is a 503 while it
lasts, an operation is whole or absent, and the next start is clean.

By hand: TICKITI_TEST_CALLS=60, so many calls of each kind fail, one after the other.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.failing_calls import failing_calls
from tests.support.faults.history import History
from tests.support.faults.invariants import violations
from tests.support.faults.processes import ServerProcess
from tests.support.place import ticket

CREATE = "/api/create_ticket"
FILES = 72
CALLS = int(os.environ.get("TICKITI_TEST_CALLS", "2"))
HAS_PRLIMIT = pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed")
HAS_STRACE = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ServerProcess]:
    place = ServerProcess(tmp_path)
    place.begin()
    yield place
    if place.process.poll() is None:
        assert place.end() == 0


def limit(place: ServerProcess, what: str) -> None:
    subprocess.run(["prlimit", "--pid", str(place.process.pid), what], check=True)


def large(subject: str) -> dict[str, Any]:
    return {
        **ticket(subject),
        "data": {"subject": subject, "content": f"At mile 14.{'x' * 300_000}"},
    }


def file_some(place: ServerProcess, history: History, names: list[str]) -> list[int]:
    """Create a large ticket of each name; the statuses, 0 for no reply."""
    statuses = []
    for name in names:
        known = history.operations.get(name)
        operation = known or history.invoke("create", name, large(name))
        try:
            status, headers, raw = place.post(CREATE, operation.body, name)
        except (OSError, http.client.HTTPException):
            status, headers, raw = 0, {}, b""
        statuses.append(status)
        if status == 200:
            replayed = headers.get("idempotency-replayed") == "true"
            history.acknowledge(operation, raw, is_replay=replayed)
        elif status:
            assert json.loads(raw)["code"] in ("storage_full", "storage_unavailable"), raw
    return statuses


def expect_whole(place: ServerProcess, history: History, names: list[str]) -> None:
    """A clean start brings the rest to its end, and everything has happened once."""
    if place.process.poll() is None:
        assert place.end() == 0
    place.begin()
    assert set(file_some(place, history, names)) == {200}
    assert violations(place.database, history) == []


@HAS_PRLIMIT
def test_file_size_limit_is_a_503_until_it_is_raised(place: ServerProcess) -> None:
    history, names = History(), [f"T{n}" for n in range(12)]
    limit(place, "--fsize=2000000:")
    statuses = file_some(place, history, names)
    assert set(statuses) == {200, 503}
    assert file_some(place, history, names[:1]) == [200], "replays go on"
    limit(place, "--fsize=unlimited:")
    assert set(file_some(place, history, names)) == {200}
    assert violations(place.database, history) == []
    expect_whole(place, history, names)


@HAS_STRACE
@pytest.mark.parametrize("error", ["EDQUOT", "EFBIG", "EIO"])
def test_failed_write_is_a_503_and_is_rolled_back(place: ServerProcess, error: str) -> None:
    history, names = History(), [f"T{n}" for n in range(6)]
    with failing_calls(place, "pwrite64", f"error={error}:when=3..40"):
        assert 503 in file_some(place, history, names)
    assert set(file_some(place, history, names)) == {200}
    expect_whole(place, history, names)


@HAS_STRACE
@pytest.mark.timeout(60 + 10 * CALLS)
@pytest.mark.parametrize(("call", "error"), [("fdatasync,fsync", "EIO"), ("pwrite64", "ENOSPC")])
def test_failed_system_call_acknowledges_no_volatile_write(
    place: ServerProcess, call: str, error: str
) -> None:
    history = History()
    for n in range(1, CALLS + 1):
        names = [f"{n}-{name}" for name in range(4)]
        with failing_calls(place, call, f"error={error}:when={n}"):
            file_some(place, history, names)
        assert set(file_some(place, history, names)) == {200}
    assert place.end(signal.SIGKILL) == -signal.SIGKILL
    expect_whole(place, history, list(history.operations))


@HAS_PRLIMIT
def test_server_out_of_descriptors_rejects_clients_and_continues(tmp_path: Path) -> None:
    place = ServerProcess(tmp_path)
    place.begin(within=["prlimit", f"--nofile={FILES}"])
    with ExitStack() as crowd:
        for _ in range(2 * FILES):
            crowd.enter_context(socket.create_connection(("127.0.0.1", place.port), 5))
        assert place.process.poll() is None
    status, _, body = place.post(CREATE, ticket("after"), "after")
    assert status == 200
    assert place.post(CREATE, ticket("after"), "after")[2] == body
    assert "Traceback" not in place.log
    assert place.end() == 0
