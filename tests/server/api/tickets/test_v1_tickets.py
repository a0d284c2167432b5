"""The v1 tickets family follows the rules of the classic endpoints."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

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


def test_v1_tickets_behave_as_the_classic_endpoints(place: Place) -> None:
    body = ticket("A shoe")
    created = answered(place, V1, {**body, "data": {**body["data"], "queue_name": "Sales"}})
    assert sorted(created) == ["queue", "secure_id", "ticket_id", "ticket_number"]
    number = created["ticket_number"]
    hold = {"status": "on-hold", "on_hold_until": "2999-01-01"}
    held = answered(place, RESPOND, {"ticket_number": number, "from_email": ANNA, **hold})
    assert (held["ticket_id"], held["reopened"]) == (created["ticket_id"], False)
    answer = {"ticket_number": number, "from_email": ANNA, "content": "<i>Soon</i>"}
    reopened = answered(place, RESPOND, answer)
    assert reopened["reopened"] is True
    shown = answered(place, SHOW, {"ticket_number": number})
    said = [response["html"] for response in shown["responses"] if response["html"]]
    assert said == ["At mile 14.", "<i>Soon</i>"]
    found = answered(place, RESPONSES, {"ticket_number": str(number)})
    assert found == {"ticket_number": number, "responses": shown["responses"]}


def test_v1_ticket_can_come_from_a_template(place: Place) -> None:
    template = {
        "type": "email", "identifier": "v1", "category": "", "subcategory": "",
        "subject": "Order {{id}}", "content": "<p>{{id}}</p>",
    }  # fmt: skip
    assert place.post("/api/v1/templates/create", template)[0] == 200
    body = {"originator_email_address": ANNA, "template_identifier": "v1", "data": {"id": 7}}
    number = answered(place, V1, body)["ticket_number"]
    assert answered(place, SHOW, {"ticket_number": number})["ticket"]["subject"] == "Order 7"
    assert refused(place, V1, {**body, "data": {}}, "k") == (422, "template_data_missing")


def test_v1_key_is_required_and_replays(place: Place) -> None:
    answer = {"ticket_number": 220009, "from_email": ANNA, "content": "c"}
    for path, body in ((V1, ticket("Once")), (RESPOND, answer)):
        assert refused(place, path, body) == (422, "idempotency_key_missing")
        key = str(uuid4())
        first, again = (place.post(path, body, key) for _ in range(2))
        assert (first[0], again[2]) == (200, first[2])
        assert again[1]["idempotency-replayed"] == "true"
        other = {**body, "is_public": False, "is_internal": True}
        assert refused(place, path, other, key) == (409, "idempotency_key_conflict")
    classic = place.post("/api/create_ticket", ticket("Once"), key)
    assert json.loads(classic[2])["code"] == "idempotency_key_conflict"


def test_minted_key_of_the_classic_action_works_under_v1(place: Place) -> None:
    minted = answered(place, "/api/v1/idempotency_key", {"action": "ticket_respond"})
    key = minted["idempotency_key"]
    assert refused(place, V1, ticket("x"), key) == (422, "idempotency_key_invalid")
    answer = {"ticket_number": 220009, "from_email": ANNA, "content": "d"}
    assert place.post(RESPOND, answer, key)[0] == 200


@pytest.mark.parametrize("path", [SHOW, RESPONSES, RESPOND])
def test_unknown_ticket_is_a_404(place: Place, path: str) -> None:
    body = {"ticket_number": 7, "from_email": ANNA, "content": "c"}
    assert refused(place, path, body, "k") == (404, "ticket_not_found")


def test_v1_failures_carry_the_code_in_error_and_classic_ones_the_sentence(place: Place) -> None:
    said = {}
    for path in (
        "/api/v1/tickets/show",
        "/api/tickets/7/respond",
        "/api/v1/nowhere",
        "/api/nowhere",
    ):
        body = json.loads(
            place.post(path, {"ticket_number": 7, "from_email": ANNA, "content": "c"})[2]
        )
        said[path] = (body["error"], body["message"], body["code"])
    assert said == {
        "/api/v1/tickets/show": ("ticket_not_found", "Ticket 7 not found.", "ticket_not_found"),
        "/api/tickets/7/respond": (
            "Ticket 7 not found.",
            "Ticket 7 not found.",
            "ticket_not_found",
        ),
        "/api/v1/nowhere": ("not_found", "This URL does not exist.", "not_found"),
        "/api/nowhere": (
            "This URL does not exist.",
            "This URL does not exist.",
            "not_found",
        ),
    }


def test_diagnostics_routes_are_not_found(place: Place) -> None:
    for verb in ("", "/fetch", "/update", "/upload"):
        path = f"/api/v1/administration/diagnostics{verb}"
        assert refused(place, path, {}) == (404, "not_found")
