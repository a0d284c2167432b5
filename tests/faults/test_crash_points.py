"""The server dies at every labelled point of a write; afterwards each write has happened once."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.history import History, Kind, Operation
from tests.faults.invariants import violations
from tests.faults.load import PATHS
from tests.faults.processes import ServerProcess
from tests.peculiar import PeculiarPlace
from tests.place import Place, ticket
from tickiti_server import crash_points

OF_A_WRITE = crash_points.LABELS[: crash_points.LABELS.index("purge.mid")]
COMMITTED = OF_A_WRITE.index("tx.after_commit")
LATER = ("ckpt.mid", "shutdown.drain")
"""Passed when the reply has left: when the writer is idle, and at the end."""

LOST = (OSError, http.client.HTTPException)


class DoomedPlace(ServerProcess):
    """Starts the server's program itself: thirty times the command line's start is a while."""

    def begin_to_die_at(self, label: str) -> None:
        port_file = self.folder / "doomed"
        port_file.unlink(missing_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            descriptor = listener.fileno()
            words = ["--db", self.database, "--port-file", port_file, "--socket-fd"]
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "tickiti_server", "serve", *words, str(descriptor)],
                    env={**self.environment, crash_points.VARIABLE: label},
                    pass_fds=(descriptor,), stdout=log, stderr=log, cwd=self.folder,
                )  # fmt: skip
        deadline = time.monotonic() + 30
        while not port_file.exists():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.port = int(port_file.read_text())


def attempt(place: Place, history: History, operation: Operation) -> bool | None:
    """Send it; whether it was a replay, None where no reply came."""
    try:
        status, headers, raw = place.post(PATHS[operation.kind], operation.body, operation.key)
    except LOST:
        return None
    assert status == 200, raw
    is_replay = "idempotency-replayed" in headers
    history.acknowledge(operation, raw, is_replay=is_replay)
    return is_replay


def forget_when_it_was_used(database: Path) -> None:
    """The use of a token is noted once a minute, by a write that would pass the points as well."""
    with closing(sqlite3.connect(database)) as connection:
        later = (time.time_ns() // 1000) + 3_600_000_000
        connection.execute("UPDATE api_token SET last_used_at = ?", (later,))
        connection.commit()


@pytest.mark.parametrize("kind", ["create", "respond"])
def test_a_crash_at_any_point_of_a_write_is_all_of_it_or_nothing(
    tmp_path: Path, kind: Kind
) -> None:
    place, history = DoomedPlace(tmp_path), History()
    place.begin()
    first = history.invoke("create", "first", ticket("first"))
    attempt(place, history, first)
    assert place.end() == 0
    forget_when_it_was_used(place.database)
    number = json.loads(first.reply)["data"]["ticket_number"]
    for label in (*OF_A_WRITE, *LATER):
        body = {"ticket_number": number, "from_email": "a@b.example", "content": label}
        operation = history.invoke(kind, label, ticket(label) if kind == "create" else body)
        place.begin_to_die_at(label)
        replied = attempt(place, history, operation)
        if label == "shutdown.drain":
            place.process.terminate()
        assert place.process.wait(timeout=20) == -signal.SIGKILL, f"{label}: {place.log}"
        assert (replied is None) or label in ("reply.done", *LATER)
    place.begin()
    replays = {
        label: attempt(place, history, history.operations[label]) for label in (*OF_A_WRITE, *LATER)
    }
    assert replays == {
        label: label in LATER or OF_A_WRITE.index(label) >= COMMITTED for label in replays
    }
    assert place.end() == 0
    assert violations(place.database, history) == []


def test_a_crash_in_the_middle_of_a_purge_forgets_nothing(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin()
    token = place.token
    first = place.post(PATHS["create"], ticket("once"), "once")
    assert place.end() == 0
    place.environment[crash_points.VARIABLE] = "purge.mid"
    place.begin(key_days=0, purge_seconds=0.05)
    assert place.process.wait(timeout=20) == -signal.SIGKILL
    del place.environment[crash_points.VARIABLE]
    place.begin()
    again = place.post(PATHS["create"], ticket("once"), "once", token=token)
    assert (again[0], again[1].get("idempotency-replayed"), again[2]) == (200, "true", first[2])
    assert place.end() == 0


def test_the_nth_passing_is_counted_and_a_misspelt_label_is_refused(tmp_path: Path) -> None:
    place = DoomedPlace(tmp_path)
    place.begin()
    assert place.end() == 0
    place.begin_to_die_at("reply.first_byte:3")
    statuses = [place.post(PATHS["create"], ticket("x"), f"{n}")[0] for n in range(2)]
    assert statuses == [200, 200]
    with pytest.raises(LOST):
        place.post(PATHS["create"], ticket("x"), "2")
    assert place.process.wait(timeout=20) == -signal.SIGKILL
    words = ["serve", "--db", place.database, "--socket-fd", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "tickiti_server", *words],
        env={**os.environ, crash_points.VARIABLE: "tx.comit"}, capture_output=True, text=True,
        check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    known = ", ".join(crash_points.LABELS)
    assert done.stderr.endswith(
        f"tickiti: TICKITI_CRASH_AT=tx.comit: it is LABEL or LABEL:N, of {known}.\n"
    )


def test_a_server_that_is_not_told_to_die_calls_a_function_that_does_nothing() -> None:
    assert crash_points.reached is crash_points.nothing
