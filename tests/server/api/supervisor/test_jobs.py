"""The outbox is listed as jobs; failed jobs are tried again or deleted, waiting ones are kept."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.support import databases
from tests.support.place import Place
from tests.support.stage import a_callback, answer, data_of

V1 = "/api/v1/supervisor/jobs"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("jobs"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def waiting(place: Place) -> str:
    return new_mail(place, "retry")


@pytest.fixture
def failed(place: Place) -> str:
    return new_mail(place, "failed")


def new_mail(place: Place, state: str) -> str:
    mail = {"to_address": "a@b.example", "subject": "s", "content": "c", "mailbox": "local"}
    mail_id: str = data_of(place, "/api/send_email", mail, str(uuid4()))["email_id"]
    sql = "UPDATE outbox SET state = :state, attempts = 3, next_at = 9e15, last_error = 'No.'"
    place.execute(f"{sql} WHERE id = :id", {"state": state, "id": mail_id})
    return mail_id


def state_of(place: Place, job_id: str) -> list[tuple[str]]:
    sql = "SELECT state FROM outbox WHERE id = :id"
    return databases.rows(place.database, sql, {"id": job_id})


def test_jobs_are_listed_by_queue_and_state(place: Place, waiting: str, failed: str) -> None:
    jobs = answer(place, V1, {})
    (queued,) = [job for job in jobs["queued"] if job["id"] == waiting]
    assert queued.items() >= {
        "queue": "mail", "name": "email to a@b.example", "attempts": 3,
    }.items()  # fmt: skip
    assert {*queued} == {"id", "queue", "name", "attempts", "created_at", "next_at"}
    (ended,) = [job for job in jobs["failed"] if job["id"] == failed]
    assert (ended["queue"], ended["attempts"], ended["error"]) == ("mail", 3, "No.")
    assert {*ended} == {"id", "queue", "name", "attempts", "failed_at", "error"}


def test_failed_job_is_tried_again_and_unknown_ids_succeed(
    place: Place, waiting: str, failed: str
) -> None:
    asked = {"job_ids": [failed, waiting, "mail_unknown", 7]}
    assert answer(place, f"{V1}/retry", asked) == {"ok": True, "count": 1}
    assert state_of(place, failed) != [("failed",)]
    assert state_of(place, waiting) == [("retry",)]
    assert answer(place, f"{V1}/retry", {"job_ids": []}) == {"ok": True, "count": 0}


def test_delete_takes_failed_jobs_only(place: Place, waiting: str, failed: str) -> None:
    asked = {"job_ids": [failed, waiting, "mail_unknown"]}
    assert answer(place, f"{V1}/delete", asked) == {"ok": True, "count": 1}
    assert (state_of(place, failed), state_of(place, waiting)) == ([], [("retry",)])
    assert answer(place, f"{V1}/delete", asked) == {"ok": True, "count": 0}


def test_deleted_callback_leaves_its_decision(place: Place) -> None:
    callback_id = a_callback(place, {})["id"]
    (job,) = [job for job in answer(place, V1, {})["failed"] if job["id"] == callback_id]
    assert (job["queue"], job["name"]) == ("callbacks", "callback to https://localhost/decided")
    assert answer(place, f"{V1}/delete", {"job_ids": [callback_id]})["count"] == 1
    assert state_of(place, callback_id) == []


def test_job_ids_of_another_type_are_refused(place: Place) -> None:
    for wrong in ({}, {"job_ids": [True]}, {"job_ids": ["x"] * 1001}, {"job_ids": "x"}):
        status, _, raw = place.post(f"{V1}/delete", wrong)
        assert (status, json.loads(raw)["code"]) == (422, "validation_failed"), wrong
