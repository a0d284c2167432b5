"""Images are taken out of a text, identified by their bytes, and served separately."""

import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place
from tickiti_server.rendering.images import BadImage, extracted

CREATE, RESPOND, SHOW = "/api/create_ticket", "/api/ticket_respond", "/api/v1/tickets/show"
ATTACHMENT = "/api/v1/tickets/attachment"
ANNA = "anna@sole-trader.example"
PNG = b"\x89PNG\r\n\x1a\nshoe"
BYTES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0sole",
    "image/gif": b"GIF89aheel",
    "image/webp": b"RIFF\x04\0\0\0WEBPlace",
    "image/bmp": b"BM" + bytes(12) + b"\x28\0\0\0plate",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("attachments"))
    found.start()
    yield found
    found.stop()


def url(content: bytes, label: str = "image/png") -> str:
    return f"data:{label};base64,{b64encode(content).decode()}"


def escaped(text: str) -> str:
    """Each character of the Base64 as a browser takes it too."""
    head, _, encoded = text.partition(",")
    return f"{head}," + "".join(f"%{ord(sign):02x}" for sign in encoded)


ODD = PNG + b"\xfb\xef\xbe\xff"
"""Its Base64 has a + and a / in it and two = at its end."""

SVG = url(b"<svg/>", "image/svg+xml")


def cid(content: bytes) -> str:
    return f"cid:{sha256(content).hexdigest()}"


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)["data"]


def opened(place: Place, content: str) -> int:
    data = {"subject": "s", "content": content}
    body = {"originator_email_address": ANNA, "data": data}
    number: int = answered(place, CREATE, body)["ticket_number"]
    return number


def responses(place: Place, number: int) -> list[Any]:
    found: list[Any] = answered(place, SHOW, {"ticket_number": number})["responses"]
    return found


def fetched(place: Place, number: int, attachment: Any) -> bytes:
    body = {"ticket_number": number, "response_attachment_id": attachment["id"]}
    found = answered(place, ATTACHMENT, body)
    assert {name: found[name] for name in attachment} == attachment
    return b64decode(found["content_base64"], validate=True)


@pytest.mark.parametrize("kind", BYTES)
def test_image_type_is_found_by_its_bytes(place: Place, kind: str) -> None:
    content = BYTES[kind]
    number = opened(place, f'<p>Look:<img alt="a b.PNG" src="{url(content)}">!</p>')
    (response,) = responses(place, number)
    assert response["html"] == f'<p>Look:<img alt="a b.PNG" src="{cid(content)}">!</p>'
    assert response["plain_text"] == "Look:[image: a b.PNG #1]!"
    (found,) = response["attachments"]
    suffix = {"image/png": "", "image/jpeg": ".jpg"}.get(kind, f".{kind[6:]}")
    assert int(found.pop("id")) > 0
    assert found == {
        "name": f"a b.PNG{suffix}", "mime_type": kind, "file_size": len(content),
        "is_inline": True, "sha256": sha256(content).hexdigest(),
    }  # fmt: skip


def test_images_are_kept_by_every_writing_endpoint(place: Place) -> None:
    image = f"<img src='{url(PNG)}'>"
    template = {
        "type": "email", "identifier": "picture", "category": "", "subcategory": "",
        "subject": "s", "content": image,
    }  # fmt: skip
    assert place.post("/api/v1/templates/create", template)[0] == 200
    who = {"originator_email_address": ANNA}
    flat = {**who, "subject": "s", "content": image}
    numbers = [
        opened(place, image),
        answered(place, "/api/tickets/create", flat)["ticket_number"],
        answered(place, CREATE, {**who, "template_identifier": "picture", "data": {}})[
            "ticket_number"
        ],
    ]
    for number in numbers:
        body = {"ticket_number": number, "from_email": ANNA, "content": image}
        answered(place, RESPOND, body)
        answered(place, f"/api/tickets/{number}/respond", body)
    for number in numbers:
        said = responses(place, number)
        assert [len(response["attachments"]) for response in said] == [1, 1, 1]
        assert {response["html"] for response in said} == {f'<img src="{cid(PNG)}">'}
        assert fetched(place, number, said[-1]["attachments"][0]) == PNG
    listed = answered(place, "/api/v1/tickets/responses/query", {"ticket_number": numbers})
    assert [len(row["attachments"]) for row in listed["responses"]] == [1] * 9


def test_large_image_is_unchanged_after_a_restart(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    content = PNG + bytes(range(256)) * 40_000
    number = opened(place, f'<img src="{url(content)}">')
    place.kill()
    place.start()
    try:
        (found,) = responses(place, number)[0]["attachments"]
        assert (found["name"], found["file_size"]) == ("image-1.png", len(content))
        assert fetched(place, number, found) == content
    finally:
        place.stop()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<IMG class=x SRC = "{url(PNG)}"/>', f'<IMG class=x SRC = "{cid(PNG)}"/>'),
        (f"<img src={url(PNG)} alt=x>", f'<img src="{cid(PNG)}" alt=x>'),
        (f'<img src=" \n{url(PNG)[:40]}\n {url(PNG)[40:]}">', f'<img src="{cid(PNG)}">'),
        (f'<img src="DATA:Image/PNG;charset=x;BASE64,{url(PNG)[22:]}">', f'<img src="{cid(PNG)}">'),
        (f'<img src="&#100;ata:image/png;base64,{url(PNG)[22:]}">', f'<img src="{cid(PNG)}">'),
        (f'<img src="a" src="{url(PNG)}">', f'<img src="a" src="{url(PNG)}">'),
        (f'<img alt=">" src="{url(PNG)}">', f'<img alt=">" src="{cid(PNG)}">'),
        (f'<p src="{url(PNG)}">', f'<p src="{url(PNG)}">'),
        (f'<imgs src="{url(PNG)}">', f'<imgs src="{url(PNG)}">'),
        (f'<img src="{url(PNG)}"', f'<img src="{url(PNG)}"'),
        ('<img src="data:text/html;base64,AA==">', '<img src="data:text/html;base64,AA==">'),
        ('<img src="https://a.example/x.png">', '<img src="https://a.example/x.png">'),
        (
            f'<img alt="&#{"9" * 5000};" src="{url(PNG)}">',
            f'<img alt="&#{"9" * 5000};" src="{cid(PNG)}">',
        ),
        (f'<img src="&#{"9" * 5000};">', f'<img src="&#{"9" * 5000};">'),
        ("<img>", "<img>"),
        (f'<!--><img src="{url(PNG)}">', f'<!--><img src="{cid(PNG)}">'),
        (f'<!-- <img src="{SVG}"> -->a', f'<!-- <img src="{SVG}"> -->a'),
        (f"<style><img src='{SVG}'></style>a", f"<style><img src='{SVG}'></style>a"),
        (f'<p title="<img src={SVG}>">a', f'<p title="<img src={SVG}>">a'),
    ],
)  # fmt: skip
def test_image_source_alone_is_replaced(html: str, expected: str) -> None:
    text, images = extracted(html)
    assert text == expected
    assert [image.content for image in images] == ([PNG] if "cid:" in expected else [])


PADDED = url(ODD)


@pytest.mark.parametrize(
    "source",
    [
        PADDED, PADDED.rstrip("="), PADDED.removesuffix("="), PADDED.replace("=", "%3D"),
        PADDED.replace("=", "%3d"), escaped(PADDED), f"{PADDED[:30]}%0a%20{PADDED[30:]}",
        f"{PADDED[:30]}\n  {PADDED[30:]}", f"\x01 {PADDED} \n", f"da\nta{PADDED[4:]}",
        PADDED.replace(";base64", "; base64 "), PADDED.replace("+", "&#43;"),
        PADDED.replace(";", ";charset=utf-8;"), PADDED.replace("image/png", "IMAGE/x-anything"),
    ],
)  # fmt: skip
def test_data_url_is_read_as_browsers_read_it(source: str) -> None:
    text, images = extracted(f'<img src="{source}">')
    assert [image.content for image in images] == [ODD]
    assert text == f'<img src="{cid(ODD)}">'


@pytest.mark.parametrize(
    ("alt", "name"),
    [
        ("../../etc/passwd", "passwd.png"), ("C:\\temp\\sole.png", "sole.png"), ("", "image-1.png"),
        ("..", "image-1.png"), (".hidden.png", "hidden.png"), ("a\x00b\n", "ab.png"),
        ("n" * 300, "n" * 200 + ".png"), ("&lt;b&gt;", "<b>.png"), ("x.svg", "x.svg.png"),
    ],
)  # fmt: skip
def test_attachment_name_is_never_a_path(alt: str, name: str) -> None:
    (image,) = extracted(f'<img alt="{alt}" src="{url(PNG)}">')[1]
    assert image.name == name


def test_image_shown_twice_is_stored_once() -> None:
    text, images = extracted(f'<img src="{url(PNG)}"><img src="{url(PNG)}"><img src=x>')
    assert text == f'<img src="{cid(PNG)}"><img src="{cid(PNG)}"><img src=x>'
    assert len(images) == 1


BAD = [
    (url(b"BMW is a car and no image"), "not a PNG, JPEG, GIF, WebP, BMP or SVG image."),
    (url(b""), "not a PNG, JPEG, GIF, WebP, BMP or SVG image."),
    ("data:image/png;base64,iVBORw0KGg", "not a PNG, JPEG, GIF, WebP, BMP or SVG image."),
    ("data:image/png;base64,iVBORw0KG", "not valid base64."),
    ("data:image/png;base64,iVBO%2ARw0KGgo=", "not valid base64."),
    ("data:image/png;base64,iVBO*Rw0KGgo=", "not valid base64."),
    ("data:image/png;base64,\u00fc", "not valid base64."),
    ("data:image/png,%89PNG", "not base64: write data:image/png;base64,...."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "rule"), BAD)
def test_invalid_image_names_its_field_and_stores_nothing(
    place: Place, source: str, rule: str
) -> None:
    html = f'<img src="{url(PNG)}"><img src="{source}">'
    for path, body, field in (
        (CREATE, {"data": {"subject": "s", "content": html}}, "data.content"),
        ("/api/tickets/create", {"subject": "s", "content": html}, "content"),
        (RESPOND, {"ticket_number": opened(place, "x"), "content": html}, "content"),
    ):
        before = place.every_ticket("number")
        who = {"originator_email_address": ANNA, "from_email": "new@b.example"}
        status, _, raw = place.post(path, {**who, **body}, str(uuid4()))
        reply = json.loads(raw)
        assert (status, reply["code"]) == (422, "validation_failed")
        sentence = f"The {field} field has an image (2) that is {rule}"
        assert reply["errors"] == {field: [sentence]}
        assert place.every_ticket("number") == before


def test_images_of_a_text_are_limited() -> None:
    assert len(extracted(f'<img src="{url(PNG)}">' * 100)[1]) == 1
    with pytest.raises(BadImage, match=r"^may not have more than 100 images$"):
        extracted(f'<img src="{url(PNG)}">' * 101)


def test_attachment_is_found_on_its_own_ticket_alone(place: Place) -> None:
    number, other = opened(place, f'<img src="{url(PNG)}">'), opened(place, "x")
    (found,) = responses(place, number)[0]["attachments"]
    for asked, attachment_id, code in (
        (other, found["id"], "attachment_not_found"),
        (number, 10**9, "attachment_not_found"),
        (7, found["id"], "ticket_not_found"),
    ):
        body = {"ticket_number": asked, "response_attachment_id": attachment_id}
        status, _, raw = place.post(ATTACHMENT, body)
        assert (status, json.loads(raw)["code"]) == (404, code)
    body = {"ticket_number": number, "response_attachment_id": found["id"], "intent": "review_ok"}
    shown = answered(place, ATTACHMENT, body)
    assert shown == {
        **found, "response_id": responses(place, number)[0]["id"],
        "content_base64": b64encode(PNG).decode(), "eof": True,
    }  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize(
    "html",
    [
        lambda: "<img " + " ".join(f"a{n}" for n in range(2_000_000)) + ">",
        lambda: "<p>x" * 3_000_000,
        lambda: "<img src=x alt='&amp;'>" * 500_000,
    ],
    ids=["attributes", "tags", "images"],
)
def test_large_text_does_not_hold_the_writer(place: Place, html: Callable[[], str]) -> None:
    """Its images and its text are worked out beside it, while others open tickets."""
    opening = threading.Thread(target=opened, args=(place, html()))
    opening.start()
    waits = []
    while opening.is_alive() or not waits:
        began = time.monotonic()
        opened(place, "short")
        waits.append(time.monotonic() - began)
    opening.join()
    assert max(waits) < 5  # 0.3 s on an idle machine; a writer that is held takes 3 to 18 s


SHAPES: dict[str, Callable[[], str]] = {
    "attributes": lambda: "<img " + " ".join(f"a{n}" for n in range(1_000_000)) + ">",
    "open tags": lambda: "<img " * 1_000_000,
    "open quotes": lambda: "<img a=' " * 500_000,
    "comments": lambda: "<img src=x>" + "<!-- >a" * 500_000,
    "percent signs": lambda: '<img src="data:image/png;base64,' + "%41" * 2_000_000 + '">',
    "data URLs": lambda: "<img src=data:image/png;base64 " * 200_000,
    "references": lambda: '<img src="' + "&#100;" * 500_000,
    "slashes": lambda: "<img" + "/" * 5_000_000,
    "names": lambda: "<img a" * 800_000 + ">",
    "a large image": lambda: f'<img src="{url(PNG + bytes(10_000_000))}">',
}
"""Texts of megabytes. Each is made by its test alone: every process of a run imports this."""


@pytest.mark.parametrize("shape", SHAPES)
def test_text_of_any_shape_is_read_quickly(shape: str) -> None:
    html = SHAPES[shape]()
    began = time.process_time()
    with suppress(BadImage):
        extracted(html)
    assert time.process_time() - began < 10
