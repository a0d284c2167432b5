"""No text of a customer or an integrator breaks out of the server's page, or out of a reply."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.support.desk import open_ticket, respond
from tests.support.hostile import HOSTILE
from tests.support.multipart import uploaded
from tests.support.pages import Reader, Text
from tests.support.place import Place, mail
from tickiti_cli.contract.bundled.page import ROOT


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("usual"))
    found.start("--demo")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def reader(place: Place) -> Reader:
    return Reader(place)


def shapes(html: Text) -> set[tuple[str, tuple[str, ...]]]:
    """The tags of a page, with the names of their attributes."""
    return {(tag, tuple(sorted(attributes))) for tag, attributes in html.tags}


HARMLESS = [text for text in HOSTILE if "\0" not in text and "\t" not in text]
"""Those that one line of a request may have."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server whose every text tries to break out of the page."""
    found = Place(tmp_path_factory.mktemp("hostile"))
    found.start()
    digest = uploaded(found, b"x", "x.txt")
    for position, text in enumerate(HARMLESS):
        number = open_ticket(found, text, data={"content": text})
        name = text.replace("/", " ")[:200]
        respond(found, number, text, attachments=[{"sha256": digest, "name": f"{name}.txt"}])
        sent = {**mail(text), "content": text, "mailbox": "local"}
        assert found.post("/api/send_email", sent, f"mail {position}")[0] == 200
        found.post(f"/{quote(text)}", {}, User_Agent=quote(text), Referer=quote(text))
        body = {"name": text, "abilities": ["create-ticket"]}
        assert found.post("/_tickiti/tokens/mint", body)[0] == 200
    yield found
    found.stop()


def test_no_text_breaks_out_of_a_list(hostile: Place, place: Place, reader: Reader) -> None:
    intruder = Reader(hostile)
    respond(
        place,
        220009,
        "x",
        attachments=[{"sha256": uploaded(place, b"x", "x.txt"), "name": "x.txt"}],
    )
    for view in ("tickets", "outbox", "requests", "tokens"):
        shown = intruder.html(view)
        allowed = shapes(reader.html(view)) | {("a", ("href",)), ("span", ("class",))}
        assert shapes(shown) <= allowed, view
        assert "alert(1)" in shown.text


FORMS = {
    ("a", ("aria-current", "href")),
    ("pre", ("class", "dir", "tabindex")),
    ("nav", ("aria-label", "class")),
    ("code", ()),
}
"""What the view of a mail has and that of a ticket has not."""


def test_no_text_breaks_out_of_a_ticket_or_a_mail(
    hostile: Place, place: Place, reader: Reader
) -> None:
    intruder = Reader(hostile)
    usual = shapes(reader.html("tickets/220009"))
    numbers = [row["number"] for row in hostile.every_ticket("number")]
    assert len(numbers) == len(HARMLESS)
    for number in numbers:
        assert shapes(intruder.html(f"tickets/{number}")) <= usual, number
    for row in json.loads(hostile.post("/_tickiti/outbox", {"limit": 100})[2])["data"]["outbox"]:
        for form_of_mail in ("html", "text", "source"):
            shown = intruder.html(f"outbox/{row['id']}", **{"as": form_of_mail})
            assert shapes(shown) <= usual | FORMS, row


RUNNING = re.compile(r"javascript:|vbscript:|data:text|expression\(", re.IGNORECASE)


def test_documents_of_others_run_and_load_nothing(hostile: Place) -> None:
    intruder = Reader(hostile)
    own = {("base", ("target",)), ("meta", ("content", "name")), ("meta", ("charset",))}
    paths = [
        path.removeprefix(f"{ROOT}/")
        for row in hostile.every_ticket("number")
        for path in intruder.html(f"tickets/{row['number']}").values("iframe", "src")
    ]
    outbox = json.loads(hostile.post("/_tickiti/outbox", {"limit": 100})[2])["data"]["outbox"]
    paths += [f"outbox/{row['id']}/html" for row in outbox]
    assert len(paths) > 2 * len(HARMLESS)
    for path in paths:
        shown = intruder.html(path)
        for tag, attributes in shown.tags:
            if (tag, tuple(sorted(attributes))) in own:
                continue
            assert tag not in ("script", "iframe", "object", "svg", "form", "base", "meta", "link")
            assert not [name for name in attributes if name.startswith("on")], path
            assert not [value for value in attributes.values() if RUNNING.search(value)], path
            source = attributes.get("src", "")
            assert source == "" or source.startswith("data:image/"), path


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1", "a\nb", 'a"; x="', "a;filename=b", "\u202etxt.exe", "a'b"]
)
def test_file_name_cannot_split_a_reply(place: Place, reader: Reader, name: str) -> None:
    number = open_ticket(place, "Splitting")
    respond(
        place,
        number,
        "x",
        attachments=[{"sha256": uploaded(place, b"x", "x.txt"), "name": "x.txt"}],
    )
    ticket_id = place.value(f"SELECT id FROM ticket WHERE number = {number}")
    in_ticket = f"response_id IN (SELECT id FROM response WHERE ticket_id = {ticket_id})"
    place.execute(f"UPDATE attachment SET name = :name WHERE {in_ticket}", {"name": f"{name}.txt"})
    (path,) = [
        path for path in reader.html(f"tickets/{number}").values("a", "href") if "save" in path
    ]
    _, headers, raw = reader.get(path.removeprefix(f"{ROOT}/"))
    assert raw == b"x"
    assert "set-cookie" not in headers
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w%.~-]+", headers["content-disposition"])


@pytest.mark.parametrize("path", ["open?code=%0d%0aSet-Cookie:x", "tickets?search=%0d%0aX:1",
                                  "%0d%0aX:1", "tickets/1%0d%0aX:1"])  # fmt: skip
def test_path_cannot_split_a_reply(reader: Reader, path: str) -> None:
    _, headers, _ = reader.get(path)
    assert not {"set-cookie", "x"} & headers.keys()
