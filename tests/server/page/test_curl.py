"""A recorded request is shown with both bodies, and as a command that works when pasted."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.multipart import FORM_TYPE, PNG, UPLOAD, form, part
from tests.support.pages import Reader, Text
from tests.support.place import Place, ticket

TRICKY = 'It\'s $(touch pwned) `touch pwned` "quoted" \\ ! \u00e4\u20ac\u0441 @x\nsecond line;'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("curl"))
    found.start("--record-bodies")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def reader(place: Place) -> Reader:
    return Reader(place)


def command(shown: Text) -> str:
    """The text of the element with the command."""
    (place,) = [
        position for position, (_, own) in enumerate(shown.tags) if own.get("id") == "command"
    ]
    return shown.texts[place]


def pasted(place: Place, text: str, folder: Path) -> Any:
    """The reply to the command, run by a shell with the test's own tickiti."""
    program = folder / "tickiti"
    program.write_text(f"#!/bin/sh\n[ \"$*\" = 'auth token' ] && echo '{place.token}'\n")
    program.chmod(0o700)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", text], capture_output=True, check=True, timeout=60, cwd=folder,
        env={**place.environment, "PATH": path},
    )  # fmt: skip
    return json.loads(done.stdout)


def of_reply(reader: Reader, reply: tuple[int, dict[str, str], bytes]) -> Text:
    return reader.html(f"requests/{reply[1]['x-request-id']}")


def test_request_is_shown_with_both_bodies(place: Place, reader: Reader) -> None:
    shown = of_reply(reader, place.post("/api/create_ticket", ticket("Both bodies"), "both"))
    assert '"subject": "Both bodies"' in shown.text
    assert '"ticket_number": 220009' in shown.text
    assert "Idempotency-Key both" in shown.text.replace("idempotency-key", "Idempotency-Key")
    assert place.token.partition("|")[2] not in shown.text


def test_pasted_command_sends_the_request_again(
    place: Place, reader: Reader, tmp_path: Path
) -> None:
    first = place.post("/api/create_ticket", ticket(TRICKY.replace("\n", " ")), "again")
    shown = command(of_reply(reader, first))
    assert '"Authorization: Bearer $(tickiti auth token)"' in shown
    again = pasted(place, shown, tmp_path)
    assert again["data"] == json.loads(first[2])["data"], "the same key has the first reply"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "body", [TRICKY, "", "{", "@/etc/passwd", b"\x00\xff\xfebinary", json.dumps({"a": TRICKY})]
)
def test_pasted_command_has_the_exact_body(
    place: Place, reader: Reader, tmp_path: Path, body: str | bytes
) -> None:
    raw = body.encode() if isinstance(body, str) else body
    first = place.post("/api/v1/tickets/query?a[]={1}&b='$(touch${IFS}pwned)'", raw)
    pasted(place, command(of_reply(reader, first)), tmp_path)
    rows = json.loads(place.post("/_tickiti/requests", {"limit": 2, "with_recordings": True})[2])[
        "data"
    ]["requests"]
    again, before = [row["recording"] for row in rows]
    assert [again["request"][name] for name in ("body", "is_base64", "size")] == [
        before["request"][name] for name in ("body", "is_base64", "size")
    ]
    assert (again["query"], rows[0]["path"]) == (before["query"], rows[1]["path"])
    assert rows[0]["code"] == rows[1]["code"]
    assert not (tmp_path / "pwned").exists()


def test_pasted_command_sends_a_form_again(place: Place, reader: Reader, tmp_path: Path) -> None:
    first = place.post(UPLOAD, form(part("file", PNG, "sole.png")), Content_Type=FORM_TYPE)
    assert first[0] == 200
    again = pasted(place, command(of_reply(reader, first)), tmp_path)
    assert again["data"] == json.loads(first[2])["data"]


def test_command_of_a_request_without_a_token_has_no_token(place: Place, reader: Reader) -> None:
    first = place.get("/api/v1/faqs")
    shown = of_reply(reader, first)
    assert "tickiti auth token" not in command(shown)


def test_body_that_was_cut_has_no_command(place: Place, reader: Reader) -> None:
    shown = of_reply(reader, place.post("/api/create_ticket", ticket("x" * 70_000), "long"))
    assert "shown in part" in shown.text
    assert "curl" not in shown.text


def test_server_that_records_nothing_says_so(tmp_path: Path) -> None:
    other = Place(tmp_path)
    other.start()
    try:
        shown = of_reply(Reader(other), other.post("/api/create_ticket", ticket("x"), "x"))
        assert "server start --record-bodies" in shown.text
    finally:
        other.stop()


def test_body_is_shown_with_the_words_that_were_sent(place: Place, reader: Reader) -> None:
    """A person who looks for a fault sees the second of two equal members, and each digit."""
    body = b'{"n": 1.10, "n": 1e400, "t": "\\u00e9", "b": "\\u202e", "none": [], "in": {"a": [1]}}'
    status, headers, _ = place.post("/api/create_ticket", body, token="")
    assert status == 401
    shown = "".join(of_reply(reader, (status, headers, b"")).texts)
    assert (
        '{\n  "n": 1.10,\n  "n": 1e400,\n  "t": "\u00e9",\n  "b": "\\u202e",\n'
        '  "none": [],\n  "in": {\n    "a": [\n      1\n    ]\n  }\n}'
    ) in shown


def test_deep_body_does_not_become_a_huge_page(place: Place, reader: Reader) -> None:
    """Anybody can send it, and its line breaks would make 59 MB of it."""
    depth = 900
    body = b"[" * depth + b"0," * 30_000 + b"0" + b"]" * depth
    status, headers, _ = place.post("/api/create_ticket", body, token="")
    assert status == 401
    status, _, raw = reader.get(f"requests/{headers['x-request-id']}")
    assert (status, body in raw, len(raw) < 4 * len(body)) == (200, True, True)
