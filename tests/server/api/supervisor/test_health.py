"""The health of an install: disks with too little space and failed jobs are told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place
from tests.support.stage import answer, data_of
from tests.support.waiting import wait_until

V1 = "/api/v1/supervisor"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    found.start()
    yield found
    found.stop()


def health(place: Place) -> tuple[str, dict[str, str]]:
    found = answer(place, f"{V1}/health", {})
    return found["status"], {check["name"]: check["status"] for check in found["checks"]}


def refused(place: Place, path: str, body: Any) -> tuple[int, list[str]]:
    status, _, raw = place.post(f"{V1}/health/{path}", body)
    return status, [*json.loads(raw)["errors"]]


def test_disk_below_its_bounds_is_reported(place: Place) -> None:
    assert health(place) == ("ok", {"database": "ok", "outbox": "ok"})
    plenty = 2.0**40
    disk = {"root_path": "/", "min_free_space": 0, "warn_free_space": 0}
    made = answer(place, f"{V1}/health/disk/store", disk)["id"]
    assert health(place)[1]["disk /"] == "ok"
    for change, status in (
        ({"warn_free_space": plenty}, "warning"),
        ({"warn_free_space": plenty, "min_free_space": f"{plenty:.0f}"}, "critical"),
    ):
        assert answer(place, f"{V1}/health/disk/store", {**disk, **change})["id"] == made
        assert health(place) == (status, {"database": "ok", "disk /": status, "outbox": "ok"})
    moved = {**disk, "id": made, "root_path": "/nowhere/at/all"}
    assert answer(place, f"{V1}/health/disk/store", moved)["id"] == made
    assert health(place)[0] == "critical"
    kept = {"min_free_space": 0, "warn_free_space": 0}
    shown = [{"id": made, "root_path": "/nowhere/at/all", **kept}]
    place.stop()
    place.start()
    assert answer(place, f"{V1}/health/manage", {}) == {"disks": shown, "exceptions": []}
    for _ in range(2):
        assert answer(place, f"{V1}/health/disk/delete", {"id": made}) == {"ok": True}
    assert health(place)[0] == "ok"


def test_failed_job_counts_unless_a_pattern_matches(place: Place) -> None:
    mail = {"to_address": "a@b.example", "subject": "s", "content": "c", "mailbox": "local"}
    mail_id = data_of(place, "/api/send_email", mail, str(uuid4()))["email_id"]
    sql = "UPDATE outbox SET state = 'failed', last_error = '550 The mailbox is full.'"
    place.execute(f"{sql} WHERE id = :id", {"id": mail_id})
    assert health(place) == ("warning", {"database": "ok", "outbox": "warning"})
    new = {"pattern": "*nothing like it?", "description": "Known."}
    made = answer(place, f"{V1}/health/exception/store", new)["id"]
    assert health(place)[0] == "warning"
    for pattern in ("*MAILBOX IS*", "email to a@b.*"):
        changed = {**new, "id": made, "pattern": pattern}
        assert answer(place, f"{V1}/health/exception/store", changed)["id"] == made
        assert health(place)[0] == "ok"
    assert answer(place, f"{V1}/health/exception/delete", {"id": made}) == {"ok": True}
    assert health(place)[0] == "warning"


def test_disk_and_exception_with_bad_members_are_refused(place: Place) -> None:
    bad = {"root_path": "relative", "min_free_space": -1, "warn_free_space": "much"}
    assert refused(place, "disk/store", bad) == (422, [*bad])
    below = {"root_path": "/", "min_free_space": 2, "warn_free_space": 1}
    assert refused(place, "disk/store", below) == (422, ["warn_free_space"])
    good = {**below, "warn_free_space": 3}
    assert refused(place, "disk/store", {**good, "id": 9}) == (422, ["id"])
    assert refused(place, "exception/store", {"pattern": "*"}) == (422, ["description"])
    first, second = (
        answer(place, f"{V1}/health/disk/store", {**good, "root_path": path})["id"]
        for path in ("/", "/tmp")
    )
    assert first != second
    assert refused(place, "disk/store", {**good, "id": second}) == (422, ["root_path"])


def test_super_tasks_and_diagnostics_are_shown(place: Place) -> None:
    shown = answer(place, f"{V1}/super-tasks", {})
    assert {*shown} == {"tasks", "settings", "templates"}
    assert [task["id"] for task in shown["tasks"]] == [
        "deliver", "purge", "mail_purge", "closed_purge", "reopen", "uploads", "backfill",
    ]  # fmt: skip
    options = answer(place, f"{V1}/diagnostics", {})["options"]
    assert all(isinstance(value, bool) for value in options.values())


def test_super_task_shows_its_last_and_its_next_run(place: Place) -> None:
    def run_of(task_id: str) -> tuple[str | None, str | None]:
        tasks = answer(place, f"{V1}/super-tasks", {})["tasks"]
        (found,) = [task for task in tasks if task["id"] == task_id]
        return found["last_run_at"], found["next_run_at"]

    for task_id in ("deliver", "mail_purge", "closed_purge", "reopen", "backfill"):
        wait_until(lambda task_id=task_id: run_of(task_id)[0] is not None)
    last, following = run_of("reopen")
    assert last is not None
    assert following is not None
    began, next_run = datetime.fromisoformat(last), datetime.fromisoformat(following)
    assert next_run - began == timedelta(seconds=15)
    assert abs(datetime.now(UTC) - began) < timedelta(hours=1)
    assert run_of("deliver")[1] is None
