"""`tickiti server requests`: what arrived is listed, shown, awaited and exported."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support import har
from tests.support.cli import Cli
from tests.support.multipart import FORM_TYPE, PNG, form, part
from tests.support.place import Place, ticket

CREATE, INDEX = "/api/create_ticket", "/api/tickiti_api_index"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("server-requests"))
    found.start("--record-bodies")
    yield found
    found.stop()


def rows(place: Place, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        place.tickiti("server", "requests", *words, "--json").stdout
    )
    return found


def sent(place: Place, path: str, body: Any, key: str | None = None) -> str:
    return place.post(path, body, key)[1]["x-request-id"]


def test_server_requests_without_a_verb_lists_the_requests(place: Place) -> None:
    request_id = sent(place, INDEX, {})
    for words in ((), ("list",), ("--limit", "1"), ("list", "--limit", "1")):
        assert rows(place, *words)[-1]["request_id"] == request_id
    plain = place.tickiti("server", "requests", "--limit", "1", "--fields", "request_id")
    assert plain.stdout == f"{request_id}\n"
    assert place.tickiti("--json", "server", "requests", "--limit", "1").stdout.startswith("[")


@pytest.mark.parametrize("words", [("--help",), ("list", "--help")])
def test_help_is_that_of_the_noun_or_of_the_verb(place: Place, words: tuple[str, ...]) -> None:
    text = place.tickiti("server", "requests", *words).stdout
    assert ("export" in text, "--follow" in text) == (words == ("--help",), words != ("--help",))


def test_an_unknown_verb_is_named(place: Place) -> None:
    ran = place.tickiti("server", "requests", "lst", check=False)
    assert ran.returncode == 2
    assert "'lst'" in ran.stderr
    assert "list" in ran.stderr


def test_filters_select_the_listed_requests(place: Place) -> None:
    sent(place, "/nowhere", {})
    wrong = sent(place, CREATE, ticket("x"))
    keyed = sent(place, CREATE, ticket("x"), "filtered-7")
    assert rows(place, "--status", "4xx", "--path", "/api/*")[-1]["request_id"] == wrong
    assert [row["request_id"] for row in rows(place, "list", "--key", "filtered-*")] == [keyed]
    assert rows(place, "--method", "get", "--path", CREATE) == []
    assert rows(place, "--code", "not_found")[-1]["path"] == "/nowhere"
    ran = place.tickiti("server", "requests", "--status", "9xx", check=False)
    assert (ran.returncode, "--status" in ran.stderr) == (2, True)


def test_a_request_is_viewed_with_both_bodies(place: Place) -> None:
    request_id = sent(place, f"{CREATE}?a=1", ticket("Carbon plate"), "viewed")
    found = json.loads(place.tickiti("server", "requests", "view", request_id, "--json").stdout)
    recording = found["recording"]
    assert json.loads(recording["request"]["body"]) == ticket("Carbon plate")
    number = json.loads(recording["reply"]["body"])["data"]["ticket_number"]
    shown = place.tickiti("server", "requests", "view", request_id, "-o", "table").stdout
    for text in ("a=1", "idempotency-key: viewed", "Carbon plate", f'"ticket_number":{number}'):
        assert text in " ".join(shown.split())
    assert place.token not in shown
    ran = place.tickiti("server", "requests", "view", "of-yesterday", check=False)
    assert (ran.returncode, "of-yesterday" in ran.stderr) == (6, True)


def test_wait_finds_earlier_and_later_requests(place: Place) -> None:
    place.post(CREATE, ticket("x"), "waited-1")
    ran = place.tickiti("server", "requests", "wait", "--key", "waited-1", "--json")
    assert [row["path"] for row in json.loads(ran.stdout)] == [CREATE]
    later = threading.Timer(0.3, place.post, (CREATE, ticket("x"), "waited-2"))
    later.start()
    ran = place.tickiti(
        "server", "requests", "wait", "--key", "waited-*", "--count", "2", "--timeout", "50",
        "--json",
    )  # fmt: skip
    assert len(json.loads(ran.stdout)) == 2
    later.join()


def test_wait_without_a_matching_request_exits_13(place: Place) -> None:
    place.post(CREATE, ticket("x"), "only-one")
    words = ("--key", "only-one", "--count", "2", "--timeout", "0.1")
    ran = place.tickiti("server", "requests", "wait", *words, check=False)
    assert (ran.returncode, ran.stdout) == (13, "")
    assert "Only 1 of 2 matching requests arrived within 0.1 s." in ran.stderr


def exported(place: Place, out: Path, *words: str) -> list[dict[str, Any]]:
    ran = place.tickiti("server", "requests", "export", "--har", str(out), *words)
    document = json.loads(out.read_text())
    har.check(document)
    entries: list[dict[str, Any]] = document["log"]["entries"]
    assert ran.stdout == f"{out}\n"
    return entries


def test_an_export_is_a_valid_archive(place: Place, tmp_path: Path) -> None:
    since = ("--path", "/api/*")
    place.post(f"{CREATE}?attempt=1&x=%C3%BC", ticket("Für den Export"), "exported")
    place.post(CREATE, {}, "exported-2")
    place.get("/api/v1/faqs")
    place.post("/api/v1/tickets/attachment-upload", form(part("file", PNG, "sole.png")),
               Content_Type=FORM_TYPE)  # fmt: skip
    entries = exported(place, tmp_path / "all.har", *since)
    created, refused, faqs, upload = entries[-4:]
    assert created["request"]["url"] == (
        f"http://127.0.0.1:{place.port}{CREATE}?attempt=1&x=%C3%BC"
    )
    assert created["request"]["queryString"] == [
        {"name": "attempt", "value": "1"}, {"name": "x", "value": "ü"}
    ]  # fmt: skip
    assert json.loads(created["request"]["postData"]["text"]) == ticket("Für den Export")
    assert created["request"]["postData"]["mimeType"] == "application/json"
    assert json.loads(created["response"]["content"]["text"])["ok"] is True
    assert (refused["response"]["status"], refused["response"]["statusText"]) == (
        422, "Unprocessable Entity"
    )  # fmt: skip
    assert (faqs["request"]["method"], "postData" in faqs["request"]) == ("GET", False)
    posted = upload["request"]["postData"]
    assert base64.b64decode(posted["text"]) == form(part("file", PNG, "sole.png"))
    assert place.token.partition("|")[2] not in (tmp_path / "all.har").read_text()


def test_an_export_takes_every_page_in_order(place: Place, tmp_path: Path) -> None:
    asked = [sent(place, CREATE, ticket(str(n)), f"page-{n}") for n in range(60)]
    entries = exported(place, tmp_path / "pages.har", "--key", "page-*")
    assert [entry["_requestId"] for entry in entries] == asked


def test_an_export_without_requests_writes_nothing(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "none.har"
    words = ("--har", str(out), "--path", "/none")
    ran = place.tickiti("server", "requests", "export", *words, check=False)
    assert (ran.returncode, out.exists()) == (13, False)


def test_an_export_to_a_file_without_a_name_is_refused(place: Place, tmp_path: Path) -> None:
    sent(place, INDEX, {})
    words = ("server", "requests", "export", "--har", "")
    ran = place.tickiti(*words, check=False, cwd=tmp_path)
    said = "tickiti: --har: the value is empty.\n"
    assert (ran.returncode, ran.stdout, ran.stderr[: len(said)]) == (2, "", said)
    assert [*tmp_path.iterdir()] == []


def test_an_export_goes_to_stdout(place: Place) -> None:
    sent(place, INDEX, {})
    ran = place.tickiti("server", "requests", "export", "--har", "-", "--path", INDEX)
    har.check(json.loads(ran.stdout))


def test_a_server_that_records_nothing_says_so(run: Cli, database: Path, tmp_path: Path) -> None:
    run("server", "start", "--port", "0", "--detach", "--db", str(database))
    run("ticket", "list")
    out = tmp_path / "bare.har"
    ran = run("server", "requests", "export", "--har", str(out))
    assert (ran.code, "--record-bodies" in ran.stderr) == (0, True)
    document = json.loads(out.read_text())
    har.check(document)
    assert "postData" not in document["log"]["entries"][-1]["request"]
    request_id = run("server", "requests", "--limit", "1", "--fields", "request_id").stdout.strip()
    ran = run("server", "requests", "view", request_id)
    assert (ran.code, "--record-bodies" in ran.stderr) == (0, True)


@pytest.mark.parametrize("lost", ["timings", "cache", "request"])
def test_the_archive_check_finds_a_missing_field(place: Place, tmp_path: Path, lost: str) -> None:
    sent(place, INDEX, {})
    exported(place, tmp_path / "whole.har", "--path", INDEX)
    document = json.loads((tmp_path / "whole.har").read_text())
    del document["log"]["entries"][0][lost]
    with pytest.raises(jsonschema.ValidationError):
        har.check(document)
