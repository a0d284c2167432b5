"""Uploading files: what comes in, what is refused, and that nothing half is ever seen."""

import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.multipart import BOUNDARY, UPLOAD, form, part, sent_file, sent_form, uploaded
from tests.support.place import Place
from tests.support.users import new_user, token_for
from tests.support.waiting import wait_until
from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_server.store.files.uploads import PIECE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("uploads"))
    found.start()
    yield found
    found.stop()


def bytes_of(place: Place, digest: str) -> bytes:
    pieces = place.rows(
        "SELECT p.content FROM file_piece p JOIN file f ON f.id = p.file_id"
        " WHERE f.sha256 = :sha256 ORDER BY p.position",
        {"sha256": digest},
    )
    return b"".join(content for (content,) in pieces)


def incomplete(place: Place) -> int:
    found: int = place.value("SELECT count(*) FROM file WHERE complete_at IS NULL")
    return found


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_an_upload_is_stored_by_its_content(place: Place, size: int) -> None:
    content = Random(size).randbytes(size)
    digest = sha256(content).hexdigest()
    status, reply = sent_file(place, content)
    expected = {"sha256": digest, "name": "receipt.pdf", "file_size": size}
    assert (status, reply) == (200, {"ok": True, "data": expected})
    assert bytes_of(place, digest) == content
    lengths = place.rows(
        "SELECT length(p.content) FROM file_piece p JOIN file f ON f.id = p.file_id"
        " WHERE f.sha256 = :sha256 ORDER BY p.position",
        {"sha256": digest},
    )
    assert all(length == PIECE for (length,) in lengths[:-1])
    assert incomplete(place) == 0


def test_a_file_with_a_boundary_and_line_ends_in_it_keeps_its_bytes(place: Place) -> None:
    content = f"\r\n--{BOUNDARY[:-1]}\r\r\n\n--\r".encode() * 20_000
    assert bytes_of(place, uploaded(place, content)) == content


def test_the_same_bytes_again_change_nothing(place: Place) -> None:
    content = b"again" * 100_000
    first = uploaded(place, content, "a.txt")
    before = place.rows("SELECT id, sha256, complete_at FROM file")
    pieces = place.value("SELECT count(*) FROM file_piece")
    assert uploaded(place, content, "b.txt") == first
    assert place.rows("SELECT id, sha256, complete_at FROM file") == before
    assert place.value("SELECT count(*) FROM file_piece") == pieces


def test_each_token_family_has_an_upload_of_its_own(place: Place) -> None:
    _, email = new_user(place, "Uma")
    digest = uploaded(place, b"shared")
    uploaded(place, b"shared", token=token_for(place, email))
    sql = (
        "SELECT count(*) FROM file_upload u JOIN file f ON f.id = u.file_id WHERE sha256 = :sha256"
    )
    assert place.value(sql, {"sha256": digest}) == 2


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("../../etc/receipt.pdf", "receipt.pdf"),
        ("C:\\Users\\anna\\receipt.pdf", "receipt.pdf"),
        ("rec\x07eipt.pdf", "receipt.pdf"),
        ("Rechnung für Zoë.pdf", "Rechnung für Zoë.pdf"),
        ("..", "file"),
    ],
)
def test_a_name_loses_folders_and_control_characters(place: Place, sent: str, stored: str) -> None:
    status, reply = sent_file(place, b"x", sent)
    assert (status, reply["data"]["name"]) == (200, stored)


@pytest.mark.parametrize("name", ["a.exe", "A.EXE", "a.pdf.bat", "a.exe.", "a.docm", "a.sh"])
def test_a_blocked_extension_is_403_and_leaves_nothing(place: Place, name: str) -> None:
    status, reply = sent_file(place, name.encode(), name)
    assert (status, reply["code"]) == (403, "attachment_blocked")
    assert bytes_of(place, sha256(name.encode()).hexdigest()) == b""
    assert incomplete(place) == 0


@pytest.mark.parametrize(
    "body",
    [
        form(),
        form(part("file", b"")),
        form(part("file", b"text")),
        form(part("file", b"", "")),
        form(part("file", b"", "a.txt")),
        form(part("other", b"x", "a.txt")),
    ],
)
def test_no_file_and_an_empty_file_are_422(place: Place, body: bytes) -> None:
    status, reply = sent_form(place, UPLOAD, body)
    assert (status, reply["code"], [*reply["errors"]]) == (422, "validation_failed", ["file"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        form(part("file", b"x", "a.txt"))[:-20],
        form(part("file", b"x", "a.txt"), part("file", b"y", "b.txt")),
        form(part("a", b"\xff"), part("file", b"x", "a.txt")),
        form(part("a", b"\0"), part("file", b"x", "a.txt")),
        f"--{BOUNDARY}\r\nX: y\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
        form(part("file", b"x", "a.txt")).replace(
            b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
        ),
    ],
)
def test_a_body_that_cannot_be_parsed_is_400(place: Place, body: bytes) -> None:
    status, reply = sent_form(place, UPLOAD, body)
    assert (status, reply["code"]) == (400, "invalid_json")
    assert incomplete(place) == 0


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/mixed; a=b"])
def test_another_type_is_415_and_names_multipart(place: Place, content_type: str) -> None:
    status, reply = sent_form(place, UPLOAD, b"{}", content_type=content_type)
    assert (status, reply["code"]) == (415, "unsupported_media_type")
    assert "multipart/form-data" in reply["message"]


def test_a_type_without_a_boundary_is_400(place: Place) -> None:
    status, reply = sent_form(place, UPLOAD, b"x", content_type="multipart/form-data")
    assert (status, reply["code"]) == (400, "invalid_json")


def test_multipart_to_a_json_route_is_415(place: Place) -> None:
    status, reply = sent_form(place, "/api/v1/tickets/show", form(part("a", b"x")))
    assert (status, reply["code"]) == (415, "unsupported_media_type")


def test_a_file_of_25_mib_is_taken_and_one_byte_more_is_413(place: Place) -> None:
    content = bytes(MOST_FILE)
    assert sent_file(place, content)[0] == 200
    status, reply = sent_file(place, content + b"\0")
    assert (status, reply["code"]) == (413, "attachment_too_large")
    assert incomplete(place) == 0


def test_a_request_too_large_is_413_before_it_is_read(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as connection:
        connection.sendall(head(place, MOST_FILE + 65 * 1024))
        reply = connection.recv(65536)
    assert b" 413 " in reply.splitlines()[0]
    assert b"attachment_too_large" in reply


def test_max_attachment_mb_bounds_an_upload(place: Place) -> None:
    sql = "INSERT INTO setting (name, value) VALUES ('max_attachment_mb', :mb)"
    place.execute(sql, {"mb": "1"})
    try:
        assert sent_file(place, b"a" * 1024 * 1024)[0] == 200
        status, reply = sent_file(place, b"b" * (1024 * 1024 + 1))
        assert (status, reply["code"]) == (413, "attachment_too_large")
    finally:
        place.execute("DELETE FROM setting WHERE name = 'max_attachment_mb'")


def head(place: Place, length: int) -> bytes:
    lines = (
        f"POST {UPLOAD} HTTP/1.1", "Host: a", f"Authorization: Bearer {place.token}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}", f"Content-Length: {length}",
    )  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_client_that_disconnects_leaves_no_file(place: Place) -> None:
    body = form(part("file", b"half" * PIECE, "a.txt"))
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as connection:
        connection.sendall(head(place, len(body)) + body[: 3 * PIECE])
        wait_until(lambda: incomplete(place) == 1)
    wait_until(lambda: incomplete(place) == 0)
    assert (
        place.value("SELECT count(*) FROM file_piece WHERE file_id NOT IN (SELECT id FROM file)")
        == 0
    )


def test_a_killed_upload_leaves_nothing_visible(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    content = b"half" * PIECE
    body = form(part("file", content, "a.txt"))
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as connection:
        connection.sendall(head(place, len(body)) + body[: 3 * PIECE])
        wait_until(lambda: place.value("SELECT count(*) FROM file_piece") > 0)
        place.kill()
    place.start()
    try:
        digest = sha256(content).hexdigest()
        assert bytes_of(place, digest) == b""
        assert uploaded(place, content) == digest
        assert bytes_of(place, digest) == content
    finally:
        place.stop()


def rss(place: Place) -> int:
    """Bytes of memory that the server holds."""
    import json

    where = ("--db", place.location, "--json")
    pid = json.loads(place.tickiti("server", "status", *where).stdout)["pid"]
    text = Path(f"/proc/{pid}/statm").read_text("utf-8")
    return int(text.split()[1]) * 4096


def test_an_upload_of_25_mib_takes_little_memory(place: Place) -> None:
    uploaded(place, b"warm" * PIECE)
    before, most = rss(place), 0
    content: Any = Random(1).randbytes(MOST_FILE)
    body = form(part("file", content, "a.bin"))
    pieces = place.value("SELECT count(*) FROM file_piece")
    with socket.create_connection(("127.0.0.1", place.port), timeout=30) as connection:
        connection.sendall(head(place, len(body)))
        step = len(body) // 10
        for start in range(0, len(body), step):
            connection.sendall(body[start : start + step])
            most = max(most, rss(place))
        assert b" 200 " in connection.recv(65536).splitlines()[0]
    assert place.value("SELECT count(*) FROM file_piece") - pieces == MOST_FILE // PIECE
    assert most - before < 12 * 1024 * 1024
