"""Reading files: whole, in parts, and by the rules for their types."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from tests.support.multipart import uploaded
from tests.support.place import Place, ticket
from tests.support.users import token_of
from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.file_types import MOST_FILE

ATTACHMENT, RESPOND = "/api/v1/tickets/attachment", "/api/v1/tickets/respond"
CUSTOMER = "marcus@trailblazers-club.example"
SVG = b'<?xml version="1.0"?>\n<!-- a sole -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("downloads"))
    found.start()
    yield found
    found.stop()


def sent(place: Place, path: str, body: Any, **more: Any) -> tuple[int, Any]:
    status, _, raw = place.post(path, body, str(uuid4()), **more)
    return status, json.loads(raw)


def posted(place: Place, content: str = "A shoe.", *files: str, name: str = "a.bin") -> Any:
    """The number of a new ticket, and its last attachment."""
    body = ticket("s")
    body["data"]["content"] = content
    number = sent(place, "/api/v1/tickets", body)[1]["data"]["ticket_number"]
    if files:
        refs = [{"sha256": digest, "name": name} for digest in files]
        reply = {"ticket_number": number, "from_email": CUSTOMER, "attachments": refs}
        assert sent(place, RESPOND, reply)[0] == 200
    last = place.value("SELECT max(id) FROM attachment")
    return {"ticket_number": number, "response_attachment_id": last}


def got(place: Place, asked: Any, **more: Any) -> Any:
    status, reply = sent(place, ATTACHMENT, {**asked, **more})
    assert status == 200, reply
    return reply["data"]


def test_an_uploaded_file_comes_back_whole_and_in_parts(place: Place) -> None:
    content = Random(2).randbytes(700_000)
    digest = uploaded(place, content, "a.bin")
    asked = {**posted(place, "x", digest, name="a.pdf")}
    whole = got(place, asked)
    assert b64decode(whole["content_base64"]) == content
    assert (whole["sha256"], whole["file_size"], whole["eof"]) == (digest, len(content), True)
    parts = b""
    while True:
        part = got(place, asked, offset=len(parts), length=300_001)
        assert (part["sha256"], part["file_size"]) == (digest, len(content))
        parts += b64decode(part["content_base64"])
        if part["eof"]:
            break
    assert parts == content


@pytest.mark.parametrize(
    ("more", "expected", "eof"),
    [
        ({"length": 4}, b"0123", False),
        ({"offset": 8}, b"89", True),
        ({"offset": 3, "length": 4}, b"3456", False),
        ({"offset": 8, "length": 99}, b"89", True),
        ({"offset": 10}, b"", True),
        ({"offset": 99, "length": 5}, b"", True),
    ],
)
def test_a_part_ends_where_the_file_does(
    place: Place, more: Any, expected: bytes, eof: bool
) -> None:
    asked = posted(place, "x", uploaded(place, b"0123456789"), name="a.txt")
    found = got(place, asked, **more)
    assert (b64decode(found["content_base64"]), found["eof"]) == (expected, eof)


def test_a_part_of_an_image_out_of_a_text_is_read(place: Place) -> None:
    png = b"\x89PNG\r\n\x1a\nshoe"
    asked = posted(place, f'<img src="data:image/png;base64,{b64encode(png).decode()}">')
    found = got(place, asked, offset=8, length=2)
    assert (b64decode(found["content_base64"]), found["eof"]) == (b"sh", False)


@pytest.mark.parametrize("more", [{"offset": -1}, {"length": 0}, {"length": MOST_FILE + 1}])
def test_a_wrong_part_is_422(place: Place, more: Any) -> None:
    asked = posted(place, "x", uploaded(place, b"0123456789"), name="a.txt")
    status, reply = sent(place, ATTACHMENT, {**asked, **more})
    assert (status, [*reply["errors"]]) == (422, [*more])


def test_a_file_above_25_mib_comes_by_parts_alone(place: Place) -> None:
    asked = posted(place, "x", uploaded(place, b"large"), name="a.txt")
    sql = "UPDATE attachment SET file_size = :size WHERE id = :id"
    place.execute(sql, {"size": MOST_FILE + 1, "id": asked["response_attachment_id"]})
    status, reply = sent(place, ATTACHMENT, asked)
    assert (status, reply["code"]) == (413, "attachment_too_large")
    expected = {"file_size": MOST_FILE + 1, "ranged": True, "mime_type": "text/plain"}
    assert reply["data"] == expected
    assert b64decode(got(place, asked, length=3)["content_base64"]) == b"lar"


@pytest.mark.parametrize("name", ["a.exe", "A.PS1", "a.pdf.lnk", "macro.docm", "a.js."])
def test_a_blocked_type_is_403_even_after_a_review(place: Place, name: str) -> None:
    asked = posted(place, "x", uploaded(place, b"x"), name="a.txt")
    sql = "UPDATE attachment SET name = :name WHERE id = :id"
    place.execute(sql, {"name": name, "id": asked["response_attachment_id"]})
    for intent in ({}, {"intent": "review_ok"}):
        status, reply = sent(place, ATTACHMENT, {**asked, **intent})
        assert (status, reply["code"]) == (403, "attachment_blocked")


@pytest.mark.parametrize("name", ["a.bin", "README", "a.tar.gz", "a.html"])
def test_another_type_is_409_until_it_is_reviewed(place: Place, name: str) -> None:
    asked = posted(place, "x", uploaded(place, b"x"), name=name)
    status, reply = sent(place, ATTACHMENT, asked)
    assert (status, reply["code"]) == (409, "review_required")
    assert b64decode(got(place, asked, intent="review_ok")["content_base64"]) == b"x"


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n", "a.txt", "application/pdf"),
        (b"PK\x03\x04", "a.zip", "application/zip"),
        (b"PK\x03\x04x", "a.xlsx",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"\x89PNG\r\n\x1a\n1", "a.pdf", "image/png"),
        (SVG, "a.svg", "image/svg+xml"),
        (b"a,b\n", "a.csv", "text/csv"),
        (b"hello", "a.pdf", "text/plain"),
        (b"\0\1\2", "a.pdf", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_media_type_is_decided_by_the_bytes(
    place: Place, content: bytes, name: str, expected: str
) -> None:
    asked = posted(place, "x", uploaded(place, content, name), name=name)
    assert got(place, asked)["mime_type"] == expected


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/svg+xml;base64,{b64encode(SVG).decode()}",
        f"data:image/png;base64,{b64encode(SVG).decode()}",
        "data:image/svg+xml,%3Csvg/%3E",
    ],
)
def test_svg_in_a_data_uri_is_stored_and_never_inline(place: Place, url: str) -> None:
    asked = posted(place, f'<img alt="sole" src="{url}">')
    found = got(place, asked)
    assert (found["mime_type"], found["name"], found["is_inline"]) == (
        "image/svg+xml", "sole.svg", False,
    )  # fmt: skip
    html = place.value("SELECT html FROM response ORDER BY id DESC LIMIT 1")
    assert html == f'<img alt="sole" src="cid:{found["sha256"]}">'


def test_a_ticket_can_be_named_by_its_id(place: Place) -> None:
    asked = posted(place, "x", uploaded(place, b"by id"), name="a.txt")
    number = asked.pop("ticket_number")
    sql = "SELECT id FROM ticket WHERE number = :number"
    by_id = {**asked, "ticket_id": place.value(sql, {"number": number})}
    assert b64decode(got(place, by_id)["content_base64"]) == b"by id"
    status, reply = sent(place, ATTACHMENT, {**by_id, "ticket_number": number})
    assert (status, reply["code"]) == (422, "validation_failed")


def test_files_of_notes_and_of_deleted_responses_are_404(place: Place) -> None:
    asked = posted(place, "x", uploaded(place, b"note"), name="a.txt")
    customer = token_of(place, "Cora", Role.ANY)
    place.execute(
        "INSERT INTO participant (ticket_id, person_id) SELECT t.id, p.id FROM ticket t, person p"
        " WHERE t.number = :number AND p.name = 'Cora'",
        {"number": asked["ticket_number"]},
    )
    assert sent(place, ATTACHMENT, asked, token=customer)[0] == 200
    response = "(SELECT response_id FROM attachment WHERE id = :id)"
    own = {"id": asked["response_attachment_id"]}
    place.execute(f"UPDATE response SET is_internal = 1 WHERE id = {response}", own)
    status, reply = sent(place, ATTACHMENT, asked, token=customer)
    assert (status, reply["code"]) == (404, "attachment_not_found")
    assert sent(place, ATTACHMENT, asked)[0] == 200
    place.execute(f"UPDATE response SET deleted_at = 1 WHERE id = {response}", own)
    assert sent(place, ATTACHMENT, asked)[1]["code"] == "attachment_not_found"


@pytest.mark.sqlite
def test_a_file_of_5_mb_survives_backup_and_restore(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    content = Random(3).randbytes(5_000_000)
    asked = posted(place, "x", uploaded(place, content), name="a.zip")
    backup = tmp_path / "backup.db"
    where = ("--db", str(place.database))
    place.tickiti("server", "backup", str(backup), *where)
    place.stop()
    place.tickiti("server", "restore", str(backup), *where, "--yes")
    place.start()
    try:
        found = got(place, asked)
        assert sha256(b64decode(found["content_base64"])).digest() == sha256(content).digest()
    finally:
        place.stop()
