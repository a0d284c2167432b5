"""Recorded requests: whole, bounded, found at once, and without any secret."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.multipart import FORM_TYPE, PNG, form, part
from tests.support.place import Place, mail, ticket
from tests.support.raw_http import talk
from tickiti_server.http.traffic.recorder import Recorder
from tickiti_server.logs import recording
from tickiti_server.logs.recording import MOST_BODY, RecordedRequest, Recordings
from tickiti_server.logs.secrets import safe_headers, without_secrets

LOG, CREATE, INDEX = "/_tickiti/requests", "/api/create_ticket", "/api/tickiti_api_index"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("recordings"))
    found.start("--record-bodies")
    yield found
    found.stop()


def recorded(place: Place, request_id: str) -> dict[str, Any]:
    status, _, raw = place.post(f"{LOG}/show", {"request_id": request_id})
    assert status == 200, raw
    found: dict[str, Any] = json.loads(raw)["data"]
    assert found["request_id"] == request_id
    return found


def test_a_recording_holds_both_messages_as_they_were(place: Place) -> None:
    body = ticket("Carbon plate ünd sole")
    _, headers, raw = place.post(f"{CREATE}?attempt=2", body, key="order-1", X_Shop="Trail")
    row = recorded(place, headers["x-request-id"])
    found = row["recording"]
    assert (row["path"], row["status"], found["query"]) == (CREATE, 200, "attempt=2")
    assert json.loads(found["request"]["body"]) == body
    assert found["reply"]["body"] == raw.decode()
    sent = dict(found["request"]["headers"])
    assert (sent["idempotency-key"], sent["x-shop"]) == ("order-1", "Trail")
    assert sent["authorization"] == "Bearer [token]"
    assert dict(found["reply"]["headers"])["content-length"] == str(len(raw))
    for message in (found["request"], found["reply"]):
        assert (message["is_whole"], message["is_base64"]) == (True, False)
    assert found["request"]["size"] == len(json.dumps(body))


def test_a_refused_request_shows_its_body(place: Place) -> None:
    """The body of a request to a wrong address is what its author looks for."""
    wrong = (("/api/creat_ticket", None), (CREATE, "1|tkt_wrong"), (CREATE, None))
    for path, token in wrong:
        status, headers, _ = place.post(path, ticket("lost"), token=token)
        assert status in (400, 401, 404)
        message = recorded(place, headers["x-request-id"])["recording"]["request"]
        assert (json.loads(message["body"]), message["is_whole"]) == (ticket("lost"), True)


def test_a_request_whose_body_never_comes_is_answered_at_once(place: Place) -> None:
    head = (
        "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 5\r\nConnection: close\r\n\r\n"
    )
    answer = talk(place, head.encode())
    assert answer.startswith(b"HTTP/1.1 404")


def test_no_token_and_no_secret_is_recorded(place: Place) -> None:
    minted = {"name": "recorded", "abilities": ["create-ticket"]}
    ids, secrets = [], [place.token]
    _, headers, raw = place.post("/_tickiti/tokens/mint", minted)
    ids.append(headers["x-request-id"])
    token = json.loads(raw)["data"]["token"]
    secrets.append(token.partition("|")[2])
    for path, body in (
        (INDEX, {"search_object": {"criteria": [{"mode": "subject", "tokens": [token]}]}}),
        ("/api/v1/mail/mailboxes/set_password", {"mailbox_id": 1, "kind": "smtp_password",
                                                 "secret": "open sesame 7"}),
        (f"{INDEX}?token={token.replace('|', '%7C')}", {"mailbox_password": 'open sesame 7"'}),
    ):  # fmt: skip
        ids.append(place.post(path, body, X_Also=token)[1]["x-request-id"])
    secrets.append("open sesame 7")
    _, _, listed = place.post(LOG, {"limit": 10, "with_recordings": True})
    shown = [json.dumps(recorded(place, one)) for one in ids] + [listed.decode()]
    for text in shown:
        assert [secret for secret in secrets if secret in text] == []
    assert "[token]" in shown[0]
    reply = recorded(place, ids[0])["recording"]["reply"]
    assert json.loads(reply["body"])["data"]["token"] == "[secret]"
    assert reply["is_redacted"]


def test_a_large_body_is_cut_and_says_so(place: Place) -> None:
    large = {**mail("x"), "content": "ä" * MOST_BODY}
    _, headers, _ = place.post("/api/send_email", json.dumps(large, ensure_ascii=False).encode(),
                               key="large")  # fmt: skip
    message = recorded(place, headers["x-request-id"])["recording"]["request"]
    assert message["size"] > 2 * MOST_BODY
    assert (message["is_whole"], message["is_base64"]) == (False, False)
    assert MOST_BODY - 4 < len(message["body"].encode()) <= MOST_BODY


def test_a_binary_body_is_base64(place: Place) -> None:
    content = form(part("file", PNG, "sole.png"))
    path = "/api/v1/tickets/attachment-upload"
    status, headers, _ = place.post(path, content, Content_Type=FORM_TYPE)
    assert status == 200
    message = recorded(place, headers["x-request-id"])["recording"]["request"]
    assert message["is_base64"]
    assert base64.b64decode(message["body"]) == content


def test_requests_that_read_the_log_are_not_recorded(place: Place) -> None:
    place.get("/_tickiti/healthz")
    _, _, raw = place.post(LOG, {"limit": 1, "with_recordings": True})
    (row,) = json.loads(raw)["data"]["requests"]
    assert (row["path"], row["recording"]) == ("/_tickiti/healthz", None)


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ({"path": "/api/v1/*"}, {"/api/v1/faqs"}),
        ({"method": "GET"}, {"/api/v1/faqs"}),
        ({"status": "4xx"}, {CREATE}),
        ({"status": "200"}, {"/api/v1/faqs", INDEX}),
        ({"code": "idempotency_key_missing"}, {CREATE}),
        ({"key": "shop-*"}, {INDEX}),
        ({"token_id": 1}, {CREATE, INDEX}),
        ({"status": "5xx"}, set()),
    ],
)
def test_filters_choose_requests(place: Place, wanted: dict[str, Any], paths: set[str]) -> None:
    _, headers, _ = place.post("/nowhere", {})
    since = headers["x-request-id"]
    place.post(CREATE, {})
    place.post(INDEX, {})
    place.get("/api/v1/faqs")
    _, _, raw = place.post(LOG, {"since": since, **wanted})
    rows = json.loads(raw)["data"]["requests"]
    if "key" in wanted:  # only a row that takes a key has one
        assert rows == []
        return
    assert {row["path"] for row in rows} == paths


def test_a_key_is_found_by_its_whole_text(place: Place) -> None:
    _, headers, _ = place.post(CREATE, ticket("x"), key="shop-2412-0489")
    for pattern in ("shop-2412-0489", "shop-*-0489"):
        rows = json.loads(place.post(LOG, {"key": pattern})[2])["data"]["requests"]
        assert [row["request_id"] for row in rows] == [headers["x-request-id"]]


@pytest.mark.parametrize("status", ["6xx", "20", "x"])
def test_a_status_is_a_number_or_a_class(place: Place, status: str) -> None:
    code, _, raw = place.post(LOG, {"status": status})
    assert (code, list(json.loads(raw)["errors"])) == (422, ["status"])


def test_an_unknown_request_is_404(place: Place) -> None:
    status, _, raw = place.post(f"{LOG}/show", {"request_id": "of-yesterday"})
    assert (status, json.loads(raw)["code"]) == (404, "not_found")


def test_a_server_without_the_flag_has_no_layer_and_records_nothing(tmp_path: Any) -> None:
    found = Place(tmp_path)
    found.start()
    try:
        _, headers, _ = found.post(INDEX, {})
        assert recorded(found, headers["x-request-id"])["recording"] is None
    finally:
        found.stop()


def recorded_request(request_id: str, size: int) -> RecordedRequest:
    made = RecordedRequest(began=0, http_version="1.1", query=b"", headers=[])
    made.request_id = request_id
    made.sent.add(b"x" * size)
    made.sent.end()
    return made


def test_recordings_are_bounded_in_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_RECORDINGS", 3)
    monkeypatch.setattr(recording, "MOST_BYTES", 100)
    kept = Recordings()
    for number in range(5):
        kept.add(recorded_request(f"r-{number}", 10))
    assert [name for name in map("r-{}".format, range(5)) if kept.find(name)] == [
        "r-2",
        "r-3",
        "r-4",
    ]
    kept.add(recorded_request("large", 85))
    assert [bool(kept.find(name)) for name in ("r-3", "r-4", "large")] == [False, True, True]


def test_a_recording_added_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 100)
    kept = Recordings()
    kept.add(recorded_request("first", 10))
    for _ in range(20):
        kept.add(recorded_request("twice", 40))
    assert kept.find("first")


def test_nothing_of_a_body_is_shown_before_it_is_redacted() -> None:
    """Or a list that is read meanwhile would show a token that a later step removes."""
    started = RecordedRequest(began=0, http_version="1.1", query=b"", headers=[])
    started.sent.add(b"1|tkt_0123456789")
    assert started.shown()["request"]["body"] == ""
    started.sent.end()
    assert started.shown()["request"]["body"] == "[token]"


@pytest.mark.parametrize(
    ("content", "safe"),
    [
        (b'{"token":"14|tkt_0123456789abc","id":14}', b'{"token":"[secret]","id":14}'),
        (b'{"text":"it is 14|tkt_0123456789abc."}', b'{"text":"it is [token]."}'),
        (b"14%257C0123456789abcdefXYZ&x=1", b"[token]&x=1"),
        (b'{"secret" : "a\\"b", "x": 1}', b'{"secret" : "[secret]", "x": 1}'),
        (b'{"smtp_password": "cut of', b'{"smtp_password": "[secret]'),
        (b'{"tokens": ["a"], "token_id": "5"}', b'{"tokens": ["a"], "token_id": "5"}'),
        (b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw rest", b"[secret] rest"),
        (b"\xff\xfe\x00 no text", b"\xff\xfe\x00 no text"),
    ],
)
def test_secrets_are_redacted_in_every_part_of_a_recording(content: bytes, safe: bytes) -> None:
    assert without_secrets(content) == safe


def test_headers_that_identify_a_person_are_redacted() -> None:
    headers = [
        (b"authorization", b"Bearer 14|x"), (b"Authorization", b"Basic dTpw"),
        (b"cookie", b"session=1"), (b"set-cookie", b"session=1"), (b"accept", b"*/*"),
    ]  # fmt: skip
    assert [value for _, value in safe_headers(headers)] == [
        "Bearer [token]", "[secret]", "[secret]", "[secret]", "*/*"
    ]  # fmt: skip


def test_a_truncated_request_is_recorded_up_to_its_end() -> None:
    """A layer that waits for the end of a body would lose the requests that are worth seeing."""
    kept = Recordings()

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "headers": [(b"x-request-id", b"r-1")]})
        raise ConnectionResetError

    async def receive() -> Any:
        return {"type": "http.request", "body": b'{"a"', "more_body": True}

    async def send(_message: Any) -> None:
        pass

    scope = {"type": "http", "path": "/x", "http_version": "1.1", "query_string": b"",
             "headers": [(b"content-length", b"9")]}  # fmt: skip
    with pytest.raises(ConnectionResetError):
        asyncio.run(Recorder(app, kept, lambda: 0)(scope, receive, send))
    found = kept.find("r-1")
    assert found is not None
    assert (found["request"]["body"], found["request"]["is_whole"]) == ('{"a"', False)
