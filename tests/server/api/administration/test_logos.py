"""The logos of the branding, and files that nothing refers to."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.support.multipart import PNG, form, part, sent_file, sent_form, uploaded
from tests.support.place import Place

BRANDING, STORAGE = "/api/v1/administration/branding", "/api/v1/administration/storage"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("logos"))
    found.start()
    yield found
    found.stop()


def logos(place: Place) -> list[Any]:
    return place.rows("SELECT kind, name, mime_type, file_size, sha256 FROM logo ORDER BY kind")


def sent(place: Place, path: str) -> tuple[int, Any]:
    status, _, raw = place.post(path, {})
    return status, json.loads(raw)


def test_a_logo_is_set_replaced_and_reset(place: Place) -> None:
    for content, kind, name in ((PNG, "image/png", "a.png"), (SVG, "image/svg+xml", "b.svg")):
        for which in ("app", "email"):
            path = f"{BRANDING}/{which}-logo"
            assert sent_file(place, content, name, path=path) == (200, {"ok": True})
        own = (name, kind, len(content), sha256(content).hexdigest())
        assert logos(place) == [("app", *own), ("email", *own)]
    assert place.value("SELECT content FROM logo WHERE kind = 'app'") == SVG
    assert place.value("SELECT count(*) FROM file") == 0
    for _ in range(2):
        assert sent(place, f"{BRANDING}/reset-app-logo") == (200, {"ok": True})
    assert [row[0] for row in logos(place)] == ["email"]
    assert sent(place, f"{BRANDING}/reset-email-logo") == (200, {"ok": True})
    assert logos(place) == []


def test_a_logo_that_is_not_an_image_is_422(place: Place) -> None:
    for body in (form(part("file", b"%PDF-", "logo.png")), form()):
        status, reply = sent_form(place, f"{BRANDING}/app-logo", body)
        assert (status, [*reply["errors"]]) == (422, ["file"])
    assert logos(place) == []


def test_a_logo_of_more_than_2_mib_is_413(place: Place) -> None:
    path = f"{BRANDING}/app-logo"
    assert sent_file(place, PNG.ljust(2 * 1024 * 1024, b"\0"), path=path)[0] == 200
    status, reply = sent_file(place, PNG.ljust(2 * 1024 * 1024 + 1, b"\0"), path=path)
    assert (status, reply["code"]) == (413, "attachment_too_large")
    assert place.value("SELECT count(*) FROM file") == 0


def test_orphaned_files_are_deleted_and_used_ones_stay(place: Place) -> None:
    orphan, used = uploaded(place, b"orphan"), uploaded(place, b"used")
    new = {"originator_email_address": "a@b.example", "data": {"subject": "s", "content": "c"}}
    raw = place.post("/api/v1/tickets", new, "the-ticket")[2]
    body = {
        "ticket_number": json.loads(raw)["data"]["ticket_number"], "from_email": "a@b.example",
        "attachments": [{"sha256": used, "name": "a.txt"}],
    }  # fmt: skip
    assert place.post("/api/v1/tickets/respond", body, "the-response")[0] == 200
    assert sent(place, f"{STORAGE}/delete-orphaned") == (200, {"ok": True, "deleted": 1})
    found = [digest for (digest,) in place.rows("SELECT sha256 FROM file WHERE sha256 > ''")]
    assert found == [used]
    body["attachments"] = [{"sha256": orphan, "name": "a.txt"}]
    raw = place.post("/api/v1/tickets/respond", body, "another-response")[2]
    assert json.loads(raw)["code"] == "attachment_not_uploaded"
    assert sent(place, f"{STORAGE}/delete-orphaned") == (200, {"ok": True, "deleted": 0})
