"""Images that are uploaded for templates and stock responses."""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from tests.support.multipart import PNG, form, part, sent_file, sent_form
from tests.support.place import Place

TEMPLATES, STOCK = "/api/v1/templates", "/api/v1/settings/stock-responses"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("image_uploads"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body)
    assert status == 200, raw
    return json.loads(raw)


def new_text(place: Place, family: str) -> str:
    """The id of a new template or stock response."""
    body = {"identifier": uuid4().hex, "subject": "s", "content": "c", "category": "c"}
    if family == TEMPLATES:
        body["type"] = "email"
    found: str = answered(place, f"{family}/create", body)["template"]["id"]
    return found


@pytest.mark.parametrize("family", [TEMPLATES, STOCK])
@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "image/png"), (SVG, "image/svg+xml")], ids=["png", "svg"]
)
def test_an_image_of_a_text_gets_a_reference(
    place: Place, family: str, content: bytes, kind: str
) -> None:
    fields, path = {"template_id": new_text(place, family)}, f"{family}/image-upload"
    status, reply = sent_file(place, content, 'a"sole.png', path=path, fields=fields)
    assert status == 200, reply
    digest = sha256(content).hexdigest()
    assert {name: reply[name] for name in ("mime_type", "file_size", "sha256")} == {
        "mime_type": kind, "file_size": len(content), "sha256": digest,
    }  # fmt: skip
    assert reply["cid"].startswith("cid:")
    assert reply["img"].startswith(f'<img src="{reply["cid"]}" alt="')
    cid = reply["cid"].removeprefix("cid:")
    sql = "SELECT content, mime_type FROM text_image WHERE cid = :cid"
    assert place.rows(sql, {"cid": cid}) == [(content, kind)]
    again = sent_file(place, content, 'a"sole.png', path=path, fields=fields)
    assert again == (200, reply)
    assert place.value("SELECT count(*) FROM file") == 0


def test_a_rendered_template_has_the_uploaded_image(place: Place) -> None:
    template_id = new_text(place, TEMPLATES)
    path, fields = f"{TEMPLATES}/image-upload", {"template_id": template_id}
    img = sent_file(place, PNG, "sole.png", path=path, fields=fields)[1]["img"]
    answered(place, f"{TEMPLATES}/update", {"template": {"id": template_id, "content": img}})
    sql = "SELECT identifier FROM template WHERE id = :id"
    identifier = place.value(sql, {"id": int(template_id)})
    rendered = answered(place, f"{TEMPLATES}/render", {"template_identifier": identifier})
    assert b64encode(PNG).decode() in rendered["data"]["content"]


@pytest.mark.parametrize("family", [TEMPLATES, STOCK])
@pytest.mark.parametrize("name", ["", "tag", "tags[]"])
def test_repeated_unknown_parts_of_a_form_are_ignored(place: Place, family: str, name: str) -> None:
    own = part("template_id", new_text(place, family).encode())
    unknown = [part(name, b"1"), part(name, b"2"), part(name, b"")]
    body = form(*unknown, own, part("file", PNG, "sole.png"))
    status, reply = sent_form(place, f"{family}/image-upload", body)
    assert status == 200, reply


@pytest.mark.parametrize("family", [TEMPLATES, STOCK])
def test_a_repeated_field_is_422_and_named(place: Place, family: str) -> None:
    own = part("template_id", new_text(place, family).encode())
    body = form(own, own, part("file", PNG, "sole.png"))
    status, reply = sent_form(place, f"{family}/image-upload", body)
    assert (status, [*reply["errors"]]) == (422, ["template_id"])


def test_a_form_of_more_than_a_thousand_parts_is_413(place: Place) -> None:
    body = form(*[part("a", b"")] * 1001, part("file", PNG, "sole.png"))
    status, reply = sent_form(place, f"{STOCK}/image-upload", body)
    assert (status, reply["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("family", [TEMPLATES, STOCK])
def test_a_file_that_is_not_an_image_and_an_unknown_text_are_422(place: Place, family: str) -> None:
    path, own = f"{family}/image-upload", {"template_id": new_text(place, family)}
    status, reply = sent_file(place, b"%PDF-", path=path, fields=own)
    assert (status, [*reply["errors"]]) == (422, ["file"])
    status, reply = sent_file(place, PNG, path=path, fields={"template_id": "999999"})
    assert (status, reply["code"]) == (422, "template_not_found")
    status, reply = sent_form(place, path, form(part("template_id", b"x")))
    assert (status, sorted(reply["errors"])) == (422, ["file", "template_id"])


@pytest.mark.parametrize("family", [TEMPLATES, STOCK])
def test_an_image_without_a_reference_counts_as_orphaned(place: Place, family: str) -> None:
    orphaned = "/api/v1/administration/storage/delete-orphaned"
    answered(place, orphaned, {})
    fields, path = {"template_id": new_text(place, family)}, f"{family}/image-upload"
    _, used = sent_file(place, PNG, "sole.png", path=path, fields=fields)
    assert sent_file(place, SVG, "heel.svg", path=path, fields=fields)[0] == 200
    changed = {"id": fields["template_id"], "content": used["img"]}
    answered(place, f"{family}/update", {"template": changed})
    assert [answered(place, orphaned, {})["deleted"] for _ in range(2)] == [1, 0]
