"""The server dies at every labelled point of every write. After a restart each write has happened
once."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import execute, value
from tests.support.faults.history import PATHS, History, Kind, Operation
from tests.support.faults.invariants import violations
from tests.support.faults.nursery import DoomedPlace, Nursery
from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, mail, ticket
from tests.support.waiting import wait_until
from tickiti_server import crash_points
from tickiti_server.store.operations.closed import BATCH

OF_A_WRITE = crash_points.LABELS[: crash_points.LABELS.index("disp.claimed")]
COMMITTED = OF_A_WRITE.index("tx.after_commit")
OF_A_MAIL = "tx.outbox_inserted"
"""Passed by what leaves the house alone."""

DELETE_CLOSED = "/api/v1/administration/storage/delete-closed"
LATER = ("ckpt.mid", "shutdown.drain")
"""Passed when the reply has left: when the writer is idle, and at the end."""

LOST = (OSError, http.client.HTTPException)
TEMPLATE = {"identifier": "t", "type": "email", "subject": "{{x}}", "content": "{{x}}"}
NUMBER = 220009
ANSWER = {"from_email": "a@b.example"}


def write(kind: str, key: str) -> tuple[Kind, dict[str, Any], str]:
    """What to look for afterwards, and the request: its body and its path."""
    match kind:
        case "respond":
            return "respond", {"ticket_number": NUMBER, "content": key, **ANSWER}, PATHS["respond"]
        case "mail":
            return "mail", mail(key), PATHS["mail"]
        case "render":
            return "render", {"template_identifier": "t", "data": {"x": key}}, PATHS["render"]
        case "flat create":
            body = {"originator_email_address": "a@b", "subject": key, "content": "At mile 14."}
            return "create", body, "/api/tickets/create"
        case "flat respond":
            return "respond", {"content": key, **ANSWER}, f"/api/tickets/{NUMBER}/respond"
        case _:
            return "create", ticket(key), PATHS["create"]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as found:
        yield found


def attempt(place: Place, history: History, operation: Operation) -> bool | None:
    """Send it; whether it was a replay, None where no reply came."""
    try:
        status, headers, raw = place.post(operation.path, operation.body, operation.key)
    except LOST:
        return None
    assert status == 200, raw
    is_replay = "idempotency-replayed" in headers
    history.acknowledge(operation, raw, is_replay=is_replay)
    return is_replay


def forget_when_it_was_used(database: Path) -> None:
    """The use of a token is noted once a minute, by a write that would pass the points as well."""
    later = (time.time_ns() // 1000) + 3_600_000_000
    execute(database, "UPDATE api_token SET last_used_at = :later", {"later": later})


@pytest.mark.parametrize(
    "kind", ["create", "respond", "mail", "render", "flat create", "flat respond"]
)
def test_write_after_a_crash_at_any_point_is_whole_or_absent(
    tmp_path: Path, nursery: Nursery, kind: str
) -> None:
    place, history = DoomedPlace(tmp_path, nursery), History()
    place.begin()
    attempt(place, history, history.invoke("create", "first", ticket("first")))
    assert place.post("/api/v1/templates/create", TEMPLATE)[0] == 200
    assert place.end(signal.SIGTERM) == 0
    forget_when_it_was_used(place.database)
    points = [label for label in OF_A_WRITE if kind == "mail" or label != OF_A_MAIL]
    points += LATER if kind == "create" else ()
    for label in points:
        found, body, path = write(kind, label)
        place.begin(label)
        replied = attempt(place, history, history.invoke(found, label, body, path))
        ended = place.end(signal.SIGTERM if label == "shutdown.drain" else 0)
        assert ended == -signal.SIGKILL, label
        assert (replied is None) or label in ("reply.done", *LATER)
    place.begin()
    replays = {label: attempt(place, history, history.operations[label]) for label in points}
    assert replays == {
        label: label in LATER or OF_A_WRITE.index(label) >= COMMITTED for label in points
    }
    assert place.end(signal.SIGTERM) == 0
    assert violations(place.database, history) == []


def test_crash_during_a_purge_forgets_no_reply(tmp_path: Path) -> None:
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


def test_crash_while_closed_tickets_are_deleted_leaves_whole_tickets(tmp_path: Path) -> None:
    """The second batch is deleted behind the reply. The server dies when its responses are gone."""
    place = PeculiarPlace(tmp_path)
    place.begin()
    for number in range(2 * BATCH + 2):
        assert place.post(PATHS["create"], ticket(f"{number}"), f"{number}")[0] == 200
    assert place.end() == 0
    sql = "UPDATE ticket SET status = 'closed', closed_at = 1, updated_at = 1 WHERE id <= :last"
    execute(place.database, sql, {"last": 2 * BATCH + 1})
    place.environment[crash_points.VARIABLE] = "closed.mid:2"
    place.begin()
    status, _, raw = place.post(DELETE_CLOSED, {"older_than_days": 1})
    assert (status, raw) == (200, b'{"ok":true,"deleted":%d}' % (2 * BATCH + 1))
    assert place.process.wait(timeout=30) == -signal.SIGKILL
    del place.environment[crash_points.VARIABLE]
    bare = "SELECT count(*) FROM ticket WHERE id NOT IN (SELECT ticket_id FROM response)"
    left = value(place.database, "SELECT count(*) FROM ticket")
    assert (left, value(place.database, bare)) == (BATCH + 2, 0)
    place.begin()
    wait_until(lambda: value(place.database, "SELECT count(*) FROM ticket") == 1)
    assert place.end() == 0


def test_crash_point_counts_passings_and_refuses_an_unknown_label(
    tmp_path: Path, nursery: Nursery
) -> None:
    place = DoomedPlace(tmp_path, nursery)
    place.begin("reply.first_byte:3")
    statuses = [place.post(PATHS["create"], ticket("x"), f"{n}")[0] for n in range(2)]
    assert statuses == [200, 200]
    with pytest.raises(LOST):
        place.post(PATHS["create"], ticket("x"), "2")
    assert place.end() == -signal.SIGKILL
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


def test_crash_point_without_the_variable_does_nothing() -> None:
    assert crash_points.reached is crash_points.nothing
