"""References to files in a request: which count, and what becomes an attachment."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.users import new_user, token_for

RESPOND, CLOSE = "/api/v1/tickets/respond", "/api/v1/tickets/close"
ANNA = "Anna@sole-trader.example"
PIXEL = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("file_refs"))
    found.start()
    new_user(found, "Anna")
    found.execute(
        "INSERT INTO queue_right (person_id, queue_id, can_view, can_manage)"
        " SELECT p.id, q.id, 1, 1 FROM person p, queue q WHERE p.email = :email"
        " ON CONFLICT (person_id, queue_id) DO UPDATE SET can_view = 1, can_manage = 1",
        {"email": ANNA},
    )
    yield found
    found.stop()


def sent(place: Place, path: str, body: Any, **more: Any) -> tuple[int, Any]:
    status, _, raw = place.post(path, body, str(uuid4()), **more)
    return status, json.loads(raw)


def opened(place: Place, **data: Any) -> int:
    body = ticket("A shoe")
    body["data"] |= data
    status, reply = sent(place, "/api/v1/tickets", body)
    assert status == 200
    return int(reply["data"]["ticket_number"])


def stored_file(place: Place, content: bytes, family: int) -> str:
    """A complete file that a token family has uploaded."""
    digest = sha256(content).hexdigest()
    place.execute(
        "INSERT INTO file (sha256, file_size, mime_type, complete_at, created_at)"
        " VALUES (:sha256, :size, 'text/plain', 1, 1)",
        {"sha256": digest, "size": len(content)},
    )
    found = {"id": place.value("SELECT max(id) FROM file"), "content": content, "family": family}
    place.execute("INSERT INTO file_piece VALUES (:id, 0, :content)", found)
    place.execute("INSERT INTO file_upload VALUES (:id, :family, 'a.txt', 1)", found)
    return digest


def family_of_demo(place: Place) -> int:
    token_id = int(place.token.partition("|")[0])
    found: int = place.value("SELECT family_id FROM api_token WHERE id = :id", {"id": token_id})
    return found


def attachments_of(place: Place, response_id: int) -> list[Any]:
    return place.rows(
        "SELECT name, sha256, file_size, is_inline, file_id IS NOT NULL FROM attachment"
        " WHERE response_id = :id ORDER BY id",
        {"id": response_id},
    )


def test_an_uploaded_file_becomes_an_attachment_of_the_response(place: Place) -> None:
    digest = stored_file(place, b"receipt", family_of_demo(place))
    body = {"ticket_number": opened(place), "from_email": ANNA, "content": "See."}
    refs = [{"sha256": digest.upper(), "name": "../in/receipt.txt", "file_size": 7}]
    status, reply = sent(place, RESPOND, {**body, "attachments": refs})
    assert status == 200, reply
    found = attachments_of(place, reply["data"]["response_id"])
    assert found == [("receipt.txt", digest, 7, 0, 1)]


def test_a_file_alone_is_posted_as_an_empty_public_response(place: Place) -> None:
    digest = stored_file(place, b"alone", family_of_demo(place))
    number = opened(place)
    refs = [{"sha256": digest, "name": "alone.txt"}]
    status, reply = sent(place, CLOSE, {"ticket_number": number, "attachments": refs})
    assert status == 200, reply
    response_id = reply["data"]["response_id"]
    sql = "SELECT html, is_audit_only, is_internal FROM response WHERE id = :id"
    assert place.rows(sql, {"id": response_id}) == [("", 0, 0)]
    assert len(attachments_of(place, response_id)) == 1


def test_an_inline_image_of_a_seen_ticket_can_be_referred_to(place: Place) -> None:
    opened(place, content=f'<img src="data:image/gif;base64,{PIXEL}">')
    digest = place.value("SELECT sha256 FROM attachment ORDER BY id DESC LIMIT 1")
    body = {"ticket_number": opened(place), "from_email": ANNA}
    refs = [{"sha256": digest, "name": "again.gif"}]
    status, reply = sent(place, RESPOND, {**body, "attachments": refs})
    assert status == 200, reply
    response_id = reply["data"]["response_id"]
    assert attachments_of(place, response_id) == [("again.gif", digest, 32, 0, 0)]
    sql = "SELECT length(content) FROM attachment WHERE response_id = :id"
    assert place.value(sql, {"id": response_id}) == 32


@pytest.mark.parametrize(
    ("ref", "status", "code", "field"),
    [
        ({"sha256": "0" * 64, "name": "a.txt"}, 422, "attachment_not_uploaded", "sha256"),
        ({"sha256": "0" * 63, "name": "a.txt"}, 422, "validation_failed", "sha256"),
        ({"sha256": "KNOWN", "name": "a", "file_size": 9}, 422, "validation_failed", "file_size"),
        ({"sha256": "KNOWN", "name": "../"}, 422, "validation_failed", "name"),
        ({"sha256": "KNOWN", "name": "a.exe"}, 403, "attachment_blocked", None),
    ],
)  # fmt: skip
def test_a_bad_reference_is_refused_and_nothing_is_posted(
    place: Place, ref: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    if ref["sha256"] == "KNOWN":
        content = json.dumps(ref).encode()
        ref = {**ref, "sha256": stored_file(place, content, family_of_demo(place))}
    number = opened(place)
    before = place.value("SELECT count(*) FROM response")
    body = {"ticket_number": number, "from_email": ANNA, "content": "a", "attachments": [ref]}
    answered, reply = sent(place, RESPOND, body)
    assert (answered, reply["code"]) == (status, code)
    assert [*reply.get("errors", {})] == ([f"attachments.0.{field}"] if field else [])
    assert place.value("SELECT count(*) FROM response") == before


def test_a_file_of_another_family_counts_once_a_seen_ticket_has_it(place: Place) -> None:
    digest = stored_file(place, b"theirs", family_of_demo(place))
    token = token_for(place, "Anna@sole-trader.example", ["tickets:write"])
    number = opened(place)
    refs = [{"sha256": digest, "name": "theirs.txt"}]
    body = {"ticket_number": number, "from_email": ANNA, "attachments": refs}
    assert sent(place, RESPOND, body, token=token)[1]["code"] == "attachment_not_uploaded"
    assert sent(place, RESPOND, body)[0] == 200
    assert sent(place, RESPOND, body, token=token)[0] == 200
