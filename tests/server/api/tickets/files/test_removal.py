"""Deleting files of responses: the bytes go, the record stays."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.server.api.tickets.files.test_downloads import posted, sent
from tests.support.multipart import uploaded
from tests.support.place import Place
from tests.support.users import new_user, token_for

DELETE = "/api/v1/tickets/attachment-delete"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("removal"))
    found.start()
    yield found
    found.stop()


def content_of(place: Place, digest: str) -> Any:
    return place.value("SELECT count(*) FROM file WHERE sha256 = :sha256", {"sha256": digest})


def test_a_deleted_file_is_gone_and_its_response_records_it(place: Place) -> None:
    digest = uploaded(place, b"a mistake")
    asked = posted(place, "x", digest, name="list.txt")
    response_id = place.value("SELECT max(id) FROM response")
    status, reply = sent(place, DELETE, {**asked, "reason": "Not ours."})
    assert (status, reply["data"]) == (200, {
        "response_id": response_id,
        "response_attachment_id": asked["response_attachment_id"],
        "name": "list.txt", "sha256": digest, "bytes_deleted": True,
    })  # fmt: skip
    assert content_of(place, digest) == 0
    assert place.value("SELECT count(*) FROM file_piece") == 0
    sql = "SELECT audit FROM response WHERE id = :id"
    (entry,) = json.loads(place.value(sql, {"id": response_id}))
    del entry["at"], entry["by"]
    assert entry == {
        "what": "attachment_deleted", "from": "list.txt", "to": None,
        "sha256": digest, "reason": "Not ours.",
    }  # fmt: skip
    status, reply = sent(place, DELETE, asked)
    assert (status, reply["code"]) == (404, "attachment_not_found")


def test_bytes_stay_while_another_response_has_them(place: Place) -> None:
    digest = uploaded(place, b"shared")
    first, second = (posted(place, "x", digest, name="a.txt") for _ in range(2))
    assert sent(place, DELETE, first)[1]["data"]["bytes_deleted"] is False
    assert content_of(place, digest) == 1
    assert sent(place, "/api/v1/tickets/attachment", second)[0] == 200
    assert sent(place, DELETE, second)[1]["data"]["bytes_deleted"] is True
    assert content_of(place, digest) == 0


def test_bytes_stay_for_a_later_upload_that_is_to_be_used(place: Place) -> None:
    asked = posted(place, "x", uploaded(place, b"twice"), name="a.txt")
    digest = uploaded(place, b"twice")
    assert sent(place, DELETE, asked)[1]["data"]["bytes_deleted"] is False
    assert posted(place, "x", digest, name="again.txt")


def test_an_image_out_of_a_text_can_be_deleted(place: Place) -> None:
    asked = posted(place, '<img src="data:image/gif;base64,R0lGODlhaGVlbA==">')
    assert sent(place, DELETE, asked)[1]["data"]["bytes_deleted"] is True
    status, reply = sent(place, "/api/v1/tickets/attachment", asked)
    assert (status, reply["code"]) == (404, "attachment_not_found")


def test_deleting_a_file_asks_for_can_manage(place: Place) -> None:
    _, email = new_user(place, f"Vi {uuid4().hex}")
    place.execute(
        "INSERT INTO queue_right (person_id, queue_id, can_view, can_manage)"
        " SELECT p.id, q.id, 1, 0 FROM person p, queue q WHERE p.email = :email"
        " ON CONFLICT (person_id, queue_id) DO UPDATE SET can_view = 1, can_manage = 0",
        {"email": email},
    )
    asked = posted(place, "x", uploaded(place, b"kept"), name="a.txt")
    status, reply = sent(place, DELETE, asked, token=token_for(place, email))
    assert (status, reply["code"]) == (403, "queue_right_required")


def test_a_reason_of_more_than_500_characters_is_422(place: Place) -> None:
    asked = posted(place, "x", uploaded(place, b"long"), name="a.txt")
    status, reply = sent(place, DELETE, {**asked, "reason": "x" * 501})
    assert (status, [*reply["errors"]]) == (422, ["reason"])
    assert sent(place, DELETE, {**asked, "reason": "x" * 500})[0] == 200
