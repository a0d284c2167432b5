# ruff: noqa: E501 - a table reads best with a case a line
"""Every stable code that the served endpoints can give, and the order of the checks."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import IS_POSTGRES
from tests.support.place import Place, ticket
from tests.support.raw_http import talk
from tests.support.replies import code_of
from tests.support.waiting import wait_until
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Ability, Access, Key

CREATE = "/api/create_ticket"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("codes"))
    found.start()
    yield found
    found.stop()


def head(place: Place, *lines: str) -> bytes:
    first = ("POST /api/create_ticket HTTP/1.1", "Host: localhost")
    auth = (f"Authorization: Bearer {place.token}", "Connection: close")
    return "\r\n".join([*first, *auth, *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"1", b"null", b"{", b'{"a":1,}', b'{"a":1,"a":2}', b'{"a":NaN}',
        b'{"a":Infinity}', b'{"a":1e999}', b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"[" * 100_000,
        b'{"a":' * 65 + b"1" + b"}" * 65, b'{"a":"\xff"}', b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"), b'{"a":' + b"1" * 1001 + b"}", b'{"a":1}\0', b"{'a':1}",
    ],
)  # fmt: skip
def test_body_other_than_a_json_object_is_invalid_json(place: Place, raw: bytes) -> None:
    assert code_of(place.post(CREATE, raw, "bad")) == (400, "invalid_json")


def test_body_of_64_levels_is_not_too_deep(place: Place) -> None:
    raw = b'{"a":' * 64 + b"1" + b"}" * 64
    assert code_of(place.post(CREATE, raw, "deep")) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["originator_email_address", "data"]),
        ({"originator_email_address": "x"}, ["originator_email_address", "data"]),
        ({**ticket("x"), "intervention": "a", "template_identifier": "b"}, ["data"]),
        ({**ticket("x"), "data": {"subject": "a"}}, ["data.content"]),
        ({**ticket("x"), "data": {"subject": " ", "content": "\t"}}, ["data.subject", "data.content"]),
        ({**ticket("x"), "data": {"subject": "a\nb", "content": "c"}}, ["data.subject"]),
        ({**ticket("x"), "data": {"subject": "a" * 256, "content": "c"}}, ["data.subject"]),
        ({**ticket("x"), "data": {"subject": 5, "content": ["c"]}}, ["data.subject", "data.content"]),
        ({**ticket("x"), "data": "text"}, ["data"]),
        ({**ticket("x"), "is_public": "maybe"}, ["is_public"]),
        ({**ticket("x"), "is_public": 1.0}, ["is_public"]),
        ({**ticket("x"), "originator_email_address": "a@b, c@d"}, ["originator_email_address"]),
        ({**ticket("x"), "originator_email_address": "<a@b>"}, ["originator_email_address"]),
        ({**ticket("x"), "originator_email_address": "a@b."}, ["originator_email_address"]),
        ({**ticket("x"), "originator_email_address": "a@" + "b" * 300}, ["originator_email_address"]),
        ({**ticket("x"), "originator_email_address": "a@b\r\nBcc: c@d"}, ["originator_email_address"]),
    ],
)  # fmt: skip
def test_invalid_fields_are_all_named_at_once(place: Place, body: Any, fields: list[str]) -> None:
    reply = place.post(CREATE, body, "fields")
    assert code_of(reply) == (422, "validation_failed")
    assert list(json.loads(reply[2])["errors"]) == fields


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (CREATE, {**ticket("x"), "queue_name": "Nope"}, (422, "queue_not_found")),
        (CREATE, {"originator_email_address": "a@b", "template_identifier": "t", "data": {}}, (422, "template_not_found")),
        (CREATE, {"originator_email_address": "a@b", "intervention": "i", "uid": "1", "data": {}}, (422, "intervention_not_found")),
        ("/api/ticket_respond", {"ticket_number": 5, "from_email": "a@b", "content": "c"}, (404, "ticket_not_found")),
        ("/api/ticket_respond", {"ticket_number": 5, "from_email": "a@b"}, (422, "validation_failed")),
        ("/api/ticket_respond", {"ticket_number": 2**70, "from_email": "a@b", "content": "c"}, (422, "validation_failed")),
        ("/api/ticket_respond", {"ticket_number": 5, "from_email": "a@b", "status": "on-hold"}, (422, "validation_failed")),
        ("/api/ticket_respond", {"ticket_number": 5, "from_email": "a@b", "status": "closed"}, (422, "validation_failed")),
        ("/api/v1/tickets/show", {"ticket_number": "7"}, (404, "ticket_not_found")),
        ("/api/tickiti_api_index", {"perspective_id": 9}, (422, "perspective_not_found")),
        ("/api/tickiti_api_index", {"cursor": "nonsense"}, (422, "validation_failed")),
        ("/api/tickiti_api_index", {"limit": 1001}, (422, "validation_failed")),
        ("/api/tickiti_api_index", {"search_object": {"criteria": [{"mode": "shoe", "tokens": ["1"]}]}}, (422, "validation_failed")),
        ("/api/send_email", {}, (422, "validation_failed")),
        ("/api/send_email", {"to_address": "a@b", "subject": "s", "content": "c", "mailbox": "Nope"}, (422, "mailbox_not_found")),
        ("/api/send_email", {"to_address": "a@b", "template_identifier": "t", "data": {}}, (422, "template_not_found")),
        ("/api/nowhere", {}, (404, "not_found")),
        ("/api/create_ticket/", {}, (404, "not_found")),
        ("/_tickiti/tokens/revoke", {"ids": [999]}, (422, "validation_failed")),
    ],
)  # fmt: skip
def test_refusal_has_its_code(place: Place, path: str, body: Any, expected: Any) -> None:
    assert code_of(place.post(path, body, "refused")) == expected


def test_key_must_be_a_single_printable_header(place: Place) -> None:
    assert code_of(place.post(CREATE, ticket("x"))) == (400, "idempotency_key_missing")
    empty = place.post(CREATE, ticket("x"), Idempotency_Key="")
    assert code_of(empty) == (400, "idempotency_key_missing")
    assert code_of(place.post(CREATE, ticket("x"), "k" * 256)) == (400, "idempotency_key_invalid")
    for lines in (("Idempotency-Key: a", "Idempotency-Key: b"), ("Idempotency-Key: \x80",)):
        raw = head(place, *lines, "Content-Type: application/json", "Content-Length: 2")
        reply = talk(place, raw.replace(b"\xc2\x80", b"\x80") + b"{}")
        assert reply.startswith(b"HTTP/1.1 400 ")
        assert b"idempotency_key_invalid" in reply


@pytest.mark.parametrize(
    ("second", "is_same"),
    [
        ('{"b": [1, 2.50], "a": "x"}', True),
        ('{ "a":"\\u0078",\n"b":[1,2.50]}', True),
        ('{"a": "x", "b": [1.0, 2.50]}', False),
        ('{"a": "x", "b": ["1", 2.50]}', False),
        ('{"a": "x", "b": [2.50, 1]}', False),
        ('{"a": "x", "b": [1, 2.50], "c": null}', False),
    ],
)
def test_same_json_value_is_the_same_payload(place: Place, second: str, *, is_same: bool) -> None:
    def body(extra: str) -> str:
        whole = json.dumps(ticket("equality"))
        return whole[:-1] + f', "unknown": {extra}}}'

    key = f"equal-{second}"[:200].encode("unicode_escape").decode()
    first = place.post(CREATE, body('{"a": "x", "b": [1, 2.50]}'), key)
    again = place.post(CREATE, body(second), key)
    assert first[0] == 200
    if is_same:
        assert (again[0], again[2]) == (200, first[2])
    else:
        assert code_of(again) == (409, "idempotency_key_conflict")


def test_key_belongs_to_its_path_and_query(place: Place) -> None:
    assert place.post(CREATE, ticket("x"), "scoped")[0] == 200
    assert code_of(place.post(f"{CREATE}?a=1", ticket("x"), "scoped"))[0] == 409
    flat = {"originator_email_address": "a@b", "subject": "s", "content": "c"}
    assert code_of(place.post("/api/tickets/create", flat, "scoped"))[0] == 409


def test_key_belongs_to_the_token_family_and_survives_rotation(place: Place) -> None:
    mint = {"name": "scope", "abilities": ["create-ticket"]}
    mine, other = (
        json.loads(place.post("/_tickiti/tokens/mint", mint)[2])["data"] for _ in range(2)
    )
    first = place.post(CREATE, ticket("x"), "family", token=mine["token"])
    elsewhere = place.post(CREATE, ticket("y"), "family", token=other["token"])
    assert (first[0], elsewhere[0]) == (200, 200)
    assert first[2] != elsewhere[2]
    body = {"id": mine["id"], "overlap_seconds": 60}
    rotated = json.loads(place.post("/_tickiti/tokens/rotate", body)[2])["data"]
    assert rotated["family"] == mine["family"]
    for token in (mine["token"], rotated["token"]):
        again = place.post(CREATE, ticket("x"), "family", token=token)
        assert (again[1]["idempotency-replayed"], again[2]) == ("true", first[2])
    place.post("/_tickiti/tokens/revoke", {"ids": [mine["id"]]})
    gone = place.post(CREATE, ticket("x"), "family", token=mine["token"])
    assert code_of(gone) == (401, "unauthenticated")


def test_minted_key_works_for_its_action_alone(place: Place) -> None:
    def mint(**body: str) -> str:
        reply = json.loads(place.post("/api/idempotency_key", body, token="")[2])
        key: str = reply["data"]["idempotency_key"]
        return key

    assert place.post(CREATE, ticket("x"), mint())[0] == 200
    assert place.post(CREATE, ticket("x"), mint(action="create_ticket"))[0] == 200
    wrong = mint(action="ticket_respond")
    honest = mint()
    forged = honest[:-1] + ("A" if honest[-1] != "A" else "B")
    for key in (wrong, forged):
        assert code_of(place.post(CREATE, ticket("x"), key)) == (400, "idempotency_key_invalid")
    unknown = place.post("/api/idempotency_key", {"action": "fly"}, token="")
    assert code_of(unknown) == (422, "validation_failed")


@pytest.mark.parametrize(
    "token",
    ["", "1", "1|", "|x", "-1|x", "99999999999999999999|x", "1|wrong", "999|tkt_x", "x" * 10_240],
)
def test_bad_tokens_all_get_the_same_401(place: Place, token: str) -> None:
    reply = place.post(CREATE, ticket("x"), "k", token=token)
    assert code_of(reply) == (401, "unauthenticated")
    body = json.loads(reply[2])
    del body["request_id"]
    assert body == {
        "ok": False, "error": "Unauthenticated.", "message": "Unauthenticated.",
        "code": "unauthenticated", "retryable": False,
    }  # fmt: skip


def test_endpoint_opens_to_its_abilities_alone(place: Place) -> None:
    tokens = {}
    for ability in Ability:
        body = {"name": ability.value, "abilities": [ability.value]}
        minted = json.loads(place.post("/_tickiti/tokens/mint", body)[2])
        tokens[ability] = minted["data"]["token"]
    rows = [row for row in CATALOGUE.values() if row.access is Access.ABILITY and not row.is_off]

    def is_refused(row: Any, ability: Ability) -> bool:
        path = row.path.format(**dict.fromkeys(row.params, "1"))
        key = "matrix" if row.key is not Key.NONE else None
        status, _, raw = place.post(path, "[]", key, token=tokens[ability])
        code = json.loads(raw).get("code")
        assert status in (400, 403, 415), (row.name, ability, status)
        return code == "missing_ability"

    pairs = [(row, ability) for row in rows for ability in Ability]
    with ThreadPoolExecutor(8) as threads:
        refused = list(threads.map(lambda pair: is_refused(*pair), pairs))
    expected = [ability not in row.needs for row, ability in pairs]
    assert refused == expected


def test_bad_method_type_and_size_are_refused_unread(place: Place) -> None:
    reply = talk(place, b"GET /api/create_ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: POST\r\n" in reply
    for more in ({"Content_Type": "text/plain"}, {"Content_Encoding": "gzip"}):
        refused = place.post(CREATE, "{}", "k", **more)
        assert code_of(refused) == (415, "unsupported_media_type")
    untyped = talk(place, head(place, "Idempotency-Key: k", "Content-Length: 2") + b"{}")
    assert untyped.startswith(b"HTTP/1.1 415 ")
    announced = talk(place, head(place, "Idempotency-Key: k", f"Content-Length: {10**12}"))
    assert announced.startswith(b"HTTP/1.1 413 ")
    unknown = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert talk(place, unknown).startswith(b"HTTP/1.1 404 ")


def test_chunked_body_over_the_limit_is_refused(place: Place) -> None:
    lines = ("Idempotency-Key: k", "Content-Type: application/json", "Transfer-Encoding: chunked")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", place.port), timeout=15) as connection:
        connection.sendall(head(place, *lines))
        try:
            for _ in range(26):
                connection.sendall(chunk)
        except OSError:
            pass
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_headers_have_a_size_limit(place: Place) -> None:
    for raw in (head(place, "X-Long: " + "x" * 70_000), head(place, *["X-Many: 1"] * 8_000)):
        reply = talk(place, raw)
        assert reply.startswith(b"HTTP/1.1 431 ")
        assert b'"code":"header_too_large"' in reply
    endless = b"POST /api/create_ticket HTTP/1.1\r\nX: " + b"x" * 200_000
    assert talk(place, endless).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"POST /api/create_ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/create_ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /api/create_ticket HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)  # fmt: skip
def test_bytes_other_than_http_get_a_bare_400(place: Place, raw: bytes) -> None:
    assert talk(place, raw).startswith(b"HTTP/1.1 400 ")


def test_rates_are_limited_per_token_and_for_minted_keys(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start("--rate-limit", "3")
    try:
        statuses = [place.post("/api/tickiti_api_index", {})[0] for _ in range(3)]
        limited = place.post("/api/tickiti_api_index", {})
        assert statuses == [200, 200, 200]
        assert code_of(limited) == (429, "rate_limited")
        assert 1 <= int(limited[1]["retry-after"]) <= 60
        minted = [place.post("/api/idempotency_key", {}, token="")[0] for _ in range(121)]
        assert minted == [200] * 120 + [429]
    finally:
        place.stop()


def test_client_that_hangs_up_leaves_a_whole_write_or_none(
    place: Place,
) -> None:
    raw = json.dumps(ticket("left")).encode()
    lines = ("Content-Type: application/json", f"Content-Length: {len(raw)}")
    for key, sent in (("left-early", raw[:-1]), ("left-late", raw)):
        with socket.create_connection(("127.0.0.1", place.port)) as connection:
            connection.sendall(head(place, f"Idempotency-Key: {key}", *lines) + sent)

    def found() -> int:
        return [row["subject"] for row in place.every_ticket("number")].count("left")

    # Where the look-up of the token waits for a database elsewhere, the client may be gone by then.
    if not IS_POSTGRES:
        wait_until(lambda: found() > 0)
        assert found() == 1
    late = place.post(CREATE, raw, "left-late")
    assert late[0] == 200
    assert IS_POSTGRES or late[1].get("idempotency-replayed") == "true"
    assert found() == 1
    early = place.post(CREATE, raw, "left-early")
    assert early[0] == 200
    assert "idempotency-replayed" not in early[1]
