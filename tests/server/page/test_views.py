"""What the server's page shows: tickets, mail, requests, webhooks and tokens."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import ANNA, open_ticket, respond, write
from tests.support.hostile import HOSTILE
from tests.support.multipart import PNG, uploaded
from tests.support.pages import Reader, Text
from tests.support.place import Place, mail
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until
from tickiti_cli.contract.bundled.page import ROOT, View

NUMBER_OF_ROWS = 50
PICTURE = f"data:image/png;base64,{b64encode(PNG).decode()}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("views"))
    found.start("--demo")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def reader(place: Place) -> Reader:
    return Reader(place)


ONE_LINE = dict.fromkeys(range(32), " ")


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server that may call back to this machine."""
    found = Place(tmp_path_factory.mktemp("answers"))
    found.start("--demo", "--allow-callback", "127.0.0.1")
    yield found
    found.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def triggered(place: Place, receiver: Receiver) -> dict[str, Any]:
    body = {"intervention": "discount_request", "url": receiver.url}
    status, _, raw = place.post("/_tickiti/callbacks/trigger", body)
    assert status == 200, raw
    found: dict[str, Any] = json.loads(raw)["data"]
    return found


def answered_view(reader: Reader, callback: dict[str, Any]) -> Text:
    """The page of a webhook, once it has been answered."""
    path = f"callbacks/{callback['id']}"
    wait_until(lambda: "X-Plain" in reader.text(path))
    return reader.html(path)


def shapes(html: Text) -> set[tuple[str, tuple[str, ...]]]:
    """The tags of a page, with the names of their attributes."""
    return {(tag, tuple(sorted(attributes))) for tag, attributes in html.tags}


def newest(place: Place, family: str) -> dict[str, Any]:
    data = json.loads(place.post(f"/_tickiti/{family}", {"limit": 1})[2])["data"]
    row: dict[str, Any] = data[family][0]
    return row


def test_list_of_tickets_is_filtered(reader: Reader) -> None:
    everything = reader.text("tickets")
    assert "Carbon plate cracked on first marathon" in everything
    assert "Two left shoes in the box" in everything
    for query, shown in [
        ({"status": "closed"}, {"Two left shoes"}),
        ({"queue": "Wholesale"}, {"40 pairs"}),
        ({"priority": "urgent"}, {"New pair is one"}),
        ({"requester": "li.wei@customer.example", "status": "open"}, {"Order 4712, again"}),
        ({"hashtag": "berlin"}, {"Carbon plate"}),
        ({"search": "MILE 14"}, {"Carbon plate"}),
        ({"assigned": "anna@sole-trader.example", "hashtag": "vip"}, {"Carbon plate"}),
    ]:
        found = reader.text("tickets", **query)
        subjects = {"Two left shoes", "40 pairs", "New pair is one", "Order 4712, again"}
        subjects |= {"Carbon plate"}
        assert {subject for subject in subjects if subject in found} == shown, query
    assert "Nothing matches these filters." in reader.text("tickets", search="no such words")


def test_wrong_filter_is_explained(reader: Reader) -> None:
    status, _, raw = reader.get("tickets", status="nonsense")
    assert status == 422
    assert "must be a status: open, on-hold or closed" in Text(raw.decode()).text
    assert reader.get("tickets", cursor="x")[0] == 422
    assert reader.get("outbox", state="x")[0] == 422


def test_long_list_has_pages(place: Place, reader: Reader) -> None:
    for count in range(NUMBER_OF_ROWS + 1):
        open_ticket(place, f"Page {count}", data={"queue_name": "Returned"})
    first = reader.html("tickets", queue="Returned")
    (older,) = [path for path in first.values("a", "href") if "cursor=" in path]
    second = reader.html(f"tickets{older.removeprefix(f'{ROOT}/tickets')}")
    subjects = re.findall(r"Page \d+", f"{first.text} {second.text}")
    assert len(subjects) == len(set(subjects)) == NUMBER_OF_ROWS + 1
    assert not [path for path in second.values("a", "href") if "cursor=" in path]


def test_thread_is_shown_in_its_order_with_notes_set_apart(place: Place, reader: Reader) -> None:
    number = open_ticket(place, "A thread")
    respond(place, number, "A <b>reply</b>")
    respond(place, number, "For staff only", is_internal=True)
    assert write(place, "respond", {"ticket_number": number, "from_email": ANNA,
                                    "priority": "high"})[0] == 200  # fmt: skip
    shown = reader.html(f"tickets/{number}")
    kinds = [kind for kind in shown.values("li", "class") if kind.startswith("is-")]
    assert [kind.split()[0] for kind in kinds] == [
        "is-requester", "is-staff", "is-internal-note", "is-internal-note",
    ]  # fmt: skip
    assert kinds[3].split()[1] == "is-audit"
    assert "priority: normal \u2192 high" in shown.text
    frames = shown.values("iframe", "src")
    assert set(shown.values("iframe", "sandbox")) == {
        "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    }
    inside = [reader.text(path.removeprefix(f"{ROOT}/").partition("?")[0]) for path in frames]
    assert [text.removeprefix("Document ") for text in inside] == [
        "At mile 14.", "A reply", "For staff only",
    ]  # fmt: skip


def test_document_has_its_images_and_a_policy_of_its_own(place: Place, reader: Reader) -> None:
    number = open_ticket(place, "An image", data={"content": f'<img src="{PICTURE}"> seen'})
    (path,) = reader.html(f"tickets/{number}").values("iframe", "src")
    _, headers, raw = reader.get(path.removeprefix(f"{ROOT}/"))
    assert Text(raw.decode()).values("img", "src") == [PICTURE]
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "allow-scripts" not in policy
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_response_is_shown_under_its_own_ticket_alone(place: Place, reader: Reader) -> None:
    number = open_ticket(place, "One")
    other = respond(place, open_ticket(place, "Other"), "Elsewhere")
    assert reader.get(f"tickets/{number}/responses/{other}")[0] == 404


def test_files_are_saved_or_shown_by_their_type(place: Place, reader: Reader) -> None:
    number = open_ticket(place, "Files")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    html = b"<script>alert(1)</script>"
    contents = {"sole.png": PNG, "drawing.svg": svg, "letter.html": html}
    named = [
        {"sha256": uploaded(place, content, name), "name": name}
        for name, content in contents.items()
    ]
    respond(place, number, "See the files.", attachments=named)
    shown = reader.html(f"tickets/{number}")
    (picture,) = shown.values("img", "alt")[1:]
    assert picture == "sole.png"
    assert "needs a review" in shown.text
    paths = [path for path in shown.values("a", "href") if "/files/" in path and "save" in path]
    for path, (name, content) in zip(paths, contents.items(), strict=True):
        status, headers, raw = reader.get(path.removeprefix(f"{ROOT}/"))
        assert (status, raw) == (200, content)
        assert headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert headers["content-type"] == "application/octet-stream"
        unsaved = reader.get(path.removeprefix(f"{ROOT}/").partition("?")[0])
        kind = "image/png" if name == "sole.png" else "application/octet-stream"
        assert unsaved[1]["content-type"] == kind
        assert unsaved[1]["content-security-policy"] == "default-src 'none'; sandbox"


def test_mail_is_shown_as_html_text_and_source(place: Place, reader: Reader) -> None:
    sent = {**mail("Three forms"), "content": "<p>Dear <b>Marcus</b></p>", "mailbox": "local"}
    assert place.post("/api/send_email", sent, "three forms")[0] == 200
    mail_id = newest(place, "outbox")["id"]
    assert "Three forms" in reader.text("outbox")
    shown = reader.html(f"outbox/{mail_id}")
    assert "a@b.example" in shown.text
    (frame,) = shown.values("iframe", "src")
    assert "Dear Marcus" in reader.text(frame.removeprefix(f"{ROOT}/"))
    assert "Dear Marcus" in reader.text(f"outbox/{mail_id}", **{"as": "text"})
    source = reader.text(f"outbox/{mail_id}", **{"as": "source"})
    assert "Content-Type: multipart/alternative" in source
    assert reader.get("outbox/unknown")[0] == 404


def test_list_of_mail_is_filtered(reader: Reader) -> None:
    assert "Your order 4714" in reader.text("outbox", to="petra@customer.example")
    assert "Your order 4711" not in reader.text("outbox", to="petra@customer.example")
    assert "Your order 4711" in reader.text("outbox", subject="4711", state="sent")


def test_requests_are_shown_without_those_of_the_page(place: Place, reader: Reader) -> None:
    refused = place.post("/api/create_ticket", {}, "a key of my own")
    assert refused[0] == 422
    listed = reader.text("requests")
    assert "422 POST /api/create_ticket validation_failed token 1" in listed
    assert f"{ROOT}/" not in listed
    one = reader.text(f"requests/{refused[1]['x-request-id']}")
    assert "422 Code validation_failed" in one
    assert "a key of" in one
    assert "my own" not in one
    assert reader.get("requests/unknown")[0] == 404


def test_webhooks_are_shown_with_their_outcome(place: Place, reader: Reader) -> None:
    decided = {"ticket_number": 220019, "data": {"price": 89.9, "accept": True}}
    assert place.post("/_tickiti/interventions/decide", decided, "decided")[0] == 200
    found = newest(place, "callbacks")
    assert found["uid"] in reader.text("callbacks", intervention="discount_request")
    shown = reader.text(f"callbacks/{found['id']}")
    assert "https://localhost/decided" in shown
    assert '"price": 89.9' in shown


def test_answers_of_a_webhook_are_shown_newest_first(caller: Place, receiver: Receiver) -> None:
    reader = Reader(caller)
    receiver.status, receiver.body = 503, b'{"busy": true}'
    found = triggered(caller, receiver)
    url = f"callbacks/{found['id']}"
    wait_until(lambda: "503" in reader.text(url))
    assert "Ticket none: it was triggered without a ticket" in reader.text(url)
    receiver.status, receiver.body = 200, b"taken" + b"x" * 70_000
    assert caller.post("/_tickiti/callbacks/resend", {"id": found["id"]})[0] == 200
    wait_until(lambda: "takenx" in reader.text(url))
    shown = reader.text(url)
    assert shown.index("200 first 64 KiB") < shown.index("takenx") < shown.index('{ "busy": true }')
    assert "Content-Length 70005" in shown
    assert "x" * (65_536 - 5) in shown
    assert "x" * (65_536 - 4) not in shown


def test_a_webhook_without_an_answer_shows_why(caller: Place, receiver: Receiver) -> None:
    reader = Reader(caller)
    receiver.answer = lambda connection: connection.close()
    found = triggered(caller, receiver)
    wait_until(lambda: newest(caller, "callbacks")["last_error"] is not None)
    error = newest(caller, "callbacks")["last_error"]
    assert reader.text(f"callbacks/{found['id']}").count(error) == 2


@pytest.mark.faults
def test_no_answer_breaks_out_of_the_page(caller: Place, receiver: Receiver) -> None:
    reader = Reader(caller)
    receiver.status, receiver.headers = 200, {"X-Plain": "plain"}
    receiver.body = b"plain"
    usual = answered_view(reader, triggered(caller, receiver))
    for text in HOSTILE:
        line = text.encode("latin-1", "replace").decode("latin-1").translate(ONE_LINE)
        receiver.headers = {"X-Plain": line}
        receiver.body = text.encode("utf-8", "replace")
        shown = answered_view(reader, triggered(caller, receiver))
        assert shapes(shown) == shapes(usual), text


def test_tokens_are_shown_without_a_secret(place: Place, reader: Reader) -> None:
    shown = reader.text("tokens")
    assert "sales-portal 2 active" in shown
    assert "create-ticket ticket-respond" in shown
    assert "All abilities" in shown
    secret = place.token.partition("|")[2]
    for view in View:
        assert secret.encode() not in reader.get(view)[2]


@pytest.mark.parametrize("path", ["nowhere", "tickets/0x1", "tickets/1/2/3/4", "tickets/-1",
                                  "tickets/99999999999999999999", "tickets/1/files/x",
                                  "callbacks/x", "tokens/1", "tickets/%E2%91%A0"])  # fmt: skip
def test_unknown_path_is_not_found(reader: Reader, path: str) -> None:
    status, headers, _ = reader.get(path)
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_clock_and_faults_of_test_mode_are_shown(tmp_path: Path) -> None:
    place = Place(tmp_path)
    where = ("--db", str(place.database), "--port", "0", "--test", "--detach")
    place.port = int(place.tickiti("server", "start", *where).stdout.strip().rpartition(":")[2])
    try:
        reader = Reader(place)
        assert "test mode" in reader.text("tickets")
        assert place.post("/_tickiti/test/clock/advance", {"seconds": 86_400})[0] == 200
        assert "86,400 seconds ahead of the machine's clock" in reader.text("faults")
        assert "No faults." in reader.text("faults")
        fault = {"route": "/api/*", "status": 503, "times": 2}
        assert place.post("/_tickiti/test/faults/add", fault)[0] == 200
        assert place.post("/api/create_ticket", {}, "fails")[0] == 503
        assert "1 status 503 requests to /api/* fired 1 of 2 times" in reader.text("faults")
        assert "503 POST /api/create_ticket fault status no token" in reader.text("requests")
        frozen = {"moment": "2027-01-31T09:00:00+00:00"}
        assert place.post("/_tickiti/test/clock/freeze", frozen)[0] == 200
        assert "2027-01-31 09:00:00 UTC, frozen" in reader.text("faults")
    finally:
        place.stop()


def test_server_outside_test_mode_says_how_to_start_one(reader: Reader) -> None:
    assert "tickiti server start --name test --test --memory" in reader.text("faults")
