"""`tickiti server requests replay`: a request is sent again, and no token goes elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.multipart import FORM_TYPE, PNG, form, part
from tests.support.place import Place, ticket
from tests.support.receiver import Receiver

CREATE = "/api/create_ticket"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("replay"))
    found.start_for_tests()
    yield found
    found.stop()


def replayed(place: Place, request_id: str, *words: str) -> dict[str, Any]:
    ran = place.tickiti("server", "requests", "replay", request_id, *words, "--json")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def count(place: Place) -> int:
    found: int = place.value("SELECT count(*) FROM ticket")
    return found


def sent(place: Place, key: str) -> str:
    return place.post(CREATE, ticket("again"), key)[1]["x-request-id"]


def test_a_replay_has_a_key_of_its_own(place: Place) -> None:
    request_id, before = sent(place, "first"), count(place)
    found = replayed(place, request_id)
    assert (found["status"], count(place) - before) == (200, 1)
    assert found["reply_body"]["data"]["ticket_number"]
    assert found["idempotency_key"] != "first"


def test_a_replay_with_the_same_key_changes_nothing(place: Place) -> None:
    request_id, before = sent(place, "second"), count(place)
    found = replayed(place, request_id, "--same-key")
    assert (found["status"], found["idempotency_key"], count(place) - before) == (
        200, "second", 0
    )  # fmt: skip
    assert ["idempotency-replayed", "true"] in found["reply_headers"]


def test_no_token_goes_to_another_address(place: Place) -> None:
    request_id = place.post(f"{CREATE}?a=1", ticket("again"), "third", X_Shop="Trail")[1][
        "x-request-id"
    ]
    with Receiver() as receiver:
        receiver.status, receiver.body = 201, b"taken"
        base = f"http://{receiver.host}"
        found = replayed(place, request_id, "--to", base)
        assert (found["status"], found["reply_body"]) == (201, "taken")
        (arrived,) = receiver.arrived
    assert (arrived.path, json.loads(arrived.body)) == (f"{CREATE}?a=1", ticket("again"))
    assert arrived.headers["x-shop"] == "Trail"
    assert arrived.headers["content-type"] == "application/json"
    assert arrived.headers["host"] == receiver.host
    assert "authorization" not in arrived.headers
    secret = place.token.partition("|")[2]
    assert secret not in json.dumps(arrived.headers)
    assert secret.encode() not in arrived.body
    assert arrived.headers["idempotency-key"] == found["idempotency_key"] != "third"


def test_a_replay_shows_no_secret_of_the_answer(place: Place) -> None:
    body = {"name": "shop", "abilities": ["create-ticket"]}
    request_id = place.post("/_tickiti/tokens/mint", body, None)[1]["x-request-id"]
    shown = place.tickiti("server", "requests", "replay", request_id).stdout
    assert '"token":"[token]"' in shown
    assert "tkt_" not in shown
    assert replayed(place, request_id)["reply_body"]["data"]["token"] == "[token]"
    with Receiver() as receiver:
        receiver.status, receiver.body = 200, b"whsec_bXktc2VjcmV0"
        found = replayed(place, request_id, "--to", f"http://{receiver.host}")
    assert found["reply_body"] == "[secret]"


def test_an_answer_that_is_nested_too_deep_is_shown_as_text(place: Place) -> None:
    request_id = sent(place, "nested")
    with Receiver() as receiver:
        receiver.status, receiver.body = 200, b"[" * 100_000
        found = replayed(place, request_id, "--to", f"http://{receiver.host}")
    assert found["reply_body"] == "[" * 100_000


def test_a_request_without_a_token_is_repeated_without_one(place: Place) -> None:
    request_id = place.post(CREATE, ticket("x"), "no-token", Authorization="")[1]["x-request-id"]
    assert replayed(place, request_id)["status"] == 401


def test_an_upload_is_repeated_to_the_byte(place: Place) -> None:
    content = form(part("file", PNG, "sole.png"))
    path = "/api/v1/tickets/attachment-upload"
    _, headers, raw = place.post(path, content, Content_Type=FORM_TYPE)
    found = replayed(place, headers["x-request-id"])
    assert found["reply_body"] == json.loads(raw)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"secret": "open sesame"}, "its body has a secret."),
        ({"x": "y" * 70_000}, "its body is longer than what was kept of it."),
    ],
)
def test_a_request_that_was_recorded_in_part_is_not_replayed(
    place: Place, body: dict[str, str], problem: str
) -> None:
    request_id = place.post(CREATE, body, "not-whole")[1]["x-request-id"]
    ran = place.tickiti("server", "requests", "replay", request_id, check=False)
    assert (ran.returncode, problem in ran.stderr) == (8, True)


def test_an_unknown_request_is_exit_6(place: Place) -> None:
    ran = place.tickiti("server", "requests", "replay", "of-yesterday", check=False)
    assert (ran.returncode, "of-yesterday" in ran.stderr) == (6, True)


def test_the_log_is_emptied(place: Place) -> None:
    sent(place, "to-be-forgotten")
    ran = place.tickiti("server", "requests", "clear")
    assert int(ran.stdout) > 0
    assert json.loads(place.tickiti("server", "requests", "--json").stdout) == []
