"""The v1 tickets family follows the rules of the classic endpoints."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.place import Place, ticket

V1, SHOW, RESPONSES = "/api/v1/tickets", "/api/v1/tickets/show", "/api/v1/tickets/responses"
RESPOND = "/api/v1/tickets/respond"
ANNA = "anna@sole-trader.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("v1-tickets"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    assert (status, reply["ok"]) == (200, True), raw
    return reply["data"]


def refused(place: Place, path: str, body: Any, key: str | None = None) -> tuple[int, str]:
    status, _, raw = place.post(path, body, key)
    return status, json.loads(raw)["code"]


def test_a_ticket_is_opened_and_answered_as_by_the_classic_endpoints(place: Place) -> None:
    body = ticket("A shoe")
    created = answered(place, V1, {**body, "data": {**body["data"], "queue_name": "Sales"}})
    assert sorted(created) == ["secure_id", "ticket_id", "ticket_number"]
    number = created["ticket_number"]
    hold = {"status": "on-hold", "on_hold_until": "2999-01-01"}
    held = answered(place, RESPOND, {"ticket_number": number, "from_email": ANNA, **hold})
    assert held == {"ticket_id": created["ticket_id"], "response_id": None, "reopened": False}
    answer = {"ticket_number": number, "from_email": ANNA, "content": "<i>Soon</i>"}
    reopened = answered(place, RESPOND, answer)
    assert reopened["reopened"] is True
    shown = answered(place, SHOW, {"ticket_number": number})
    assert [response["html"] for response in shown["responses"]] == ["At mile 14.", "<i>Soon</i>"]
    found = answered(place, RESPONSES, {"ticket_number": str(number)})
    assert found == {"ticket_number": number, "responses": shown["responses"]}


def test_a_ticket_comes_from_a_template_too(place: Place) -> None:
    template = {
        "type": "email", "identifier": "v1", "category": "", "subcategory": "",
        "subject": "Order {{id}}", "content": "<p>{{id}}</p>",
    }  # fmt: skip
    assert place.post("/api/v1/templates/create", template)[0] == 200
    body = {"originator_email_address": ANNA, "template_identifier": "v1", "data": {"id": 7}}
    number = answered(place, V1, body)["ticket_number"]
    assert answered(place, SHOW, {"ticket_number": number})["ticket"]["subject"] == "Order 7"
    assert refused(place, V1, {**body, "data": {}}, "k") == (422, "template_data_missing")


def test_a_key_is_required_and_replays(place: Place) -> None:
    answer = {"ticket_number": 220009, "from_email": ANNA, "content": "c"}
    for path, body in ((V1, ticket("Once")), (RESPOND, answer)):
        assert refused(place, path, body) == (400, "idempotency_key_missing")
        key = str(uuid4())
        first, again = (place.post(path, body, key) for _ in range(2))
        assert (first[0], again[2]) == (200, first[2])
        assert again[1]["idempotency-replayed"] == "true"
        other = {**body, "is_public": False, "is_internal": True}
        assert refused(place, path, other, key) == (409, "idempotency_key_conflict")
    classic = place.post("/api/create_ticket", ticket("Once"), key)
    assert json.loads(classic[2])["code"] == "idempotency_key_conflict"


def test_a_key_that_was_made_for_the_classic_action_is_good_for_v1(place: Place) -> None:
    minted = answered(place, "/api/v1/idempotency_key", {"action": "ticket_respond"})
    key = minted["idempotency_key"]
    assert refused(place, V1, ticket("x"), key) == (400, "idempotency_key_invalid")
    answer = {"ticket_number": 220009, "from_email": ANNA, "content": "d"}
    assert place.post(RESPOND, answer, key)[0] == 200


@pytest.mark.parametrize("path", [SHOW, RESPONSES, RESPOND])
def test_a_ticket_that_is_not_there_is_a_404(place: Place, path: str) -> None:
    body = {"ticket_number": 7, "from_email": ANNA, "content": "c"}
    assert refused(place, path, body, "k") == (404, "ticket_not_found")
