"""Tickets are opened, answered, shown and listed: the rules of the endpoints that succeed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

CREATE, RESPOND = "/api/create_ticket", "/api/ticket_respond"
INDEX, SHOW = "/api/tickiti_api_index", "/api/v1/tickets/show"
CUSTOMER, OTHER = "marcus@trailblazers-club.example", "anna@sole-trader.example"
HOSTILE = [
    "<![foo[bar", "<!--" * 30_000, "<a " * 30_000 + "x", "</a " * 30_000 + "x",
    "<![CDATA[" * 20_000, "<script>" * 20_000, "&#" + "9" * 5000 + ";", "&#xD800;&#x110000;",
    '<a x="' * 20_000, "<?",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("tickets"))
    found.start()
    yield found
    found.stop()


def succeeded(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    assert (status, reply["ok"]) == (200, True), raw
    return reply["data"]


def refused(place: Place, path: str, body: Any) -> tuple[int, list[str]]:
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    assert reply["code"] == "validation_failed", raw
    return status, list(reply["errors"])


def opened(place: Place, *, data: dict[str, Any] | None = None, **more: Any) -> int:
    body = ticket("A shoe")
    body = {**body, "data": {**body["data"], **(data or {})}, **more}
    number: int = succeeded(place, CREATE, body)["ticket_number"]
    return number


def shown(place: Place, number: int) -> Any:
    return succeeded(place, SHOW, {"ticket_number": number})


def found(place: Place, **criteria: Any) -> list[int]:
    wanted = [{"mode": mode, "tokens": tokens} for mode, tokens in criteria.items()]
    body = {"search_object": {"criteria": wanted}, "order": "number", "limit": 1000}
    return [row["number"] for row in succeeded(place, INDEX, body)["tickets"]]


def test_shown_ticket_has_every_documented_member(place: Place) -> None:
    number = opened(place, data={"queue_name": "Sales", "content": "<b>At</b> mile 14."})
    reply = shown(place, number)
    times = {name: reply["ticket"].pop(name) for name in ("created_at", "updated_at")}
    assert all(time.endswith("+00:00") for time in times.values())
    (response,) = reply["responses"]
    assert int(reply["ticket"].pop("id")) > 0
    assert int(reply["ticket"].pop("queue_id")) > 1
    assert reply["ticket"] == {
        "number": number, "subject": "A shoe", "status": "open", "priority": "20",
        "queue_name": "Sales", "originator_email": CUSTOMER, "originator_name": None,
        "assigned_to_email": None, "resolved": None, "hashtags": [], "on_hold_until": None,
    }  # fmt: skip
    for name in ("id", "created_at", "updated_at", "created_by_email"):
        assert isinstance(response.pop(name), str)
    assert response == {
        "is_internal": False, "is_pinned": False, "staff_response": True,
        "is_email_sourced": False, "html": "<b>At</b> mile 14.", "plain_text": "At mile 14.",
        "attachments": [], "audit": [], "body_chars": 18, "is_audit_only": False,
    }  # fmt: skip


def test_originator_can_be_the_author_of_the_first_response(place: Place) -> None:
    plain, passed = (
        shown(place, opened(place, use_passed_originator_as_responder=flag))["responses"][0]
        for flag in (False, True)
    )
    assert plain["created_by_email"] != CUSTOMER
    assert (passed["created_by_email"], passed["staff_response"]) == (CUSTOMER, False)


@pytest.mark.parametrize(
    ("flag", "is_internal"), [(True, 0), (False, 1), (1, 0), (0, 1), ("1", 0), ("0", 1), (None, 0)]
)
def test_flag_is_accepted_in_six_spellings(place: Place, flag: Any, is_internal: int) -> None:
    (response,) = shown(place, opened(place, is_public=flag))["responses"]
    assert response["is_internal"] == bool(is_internal)


def test_subject_is_trimmed_and_the_longest_fits(place: Place) -> None:
    number = opened(
        place, data={"subject": "\u00a0 " + "\u00fc" * 255 + " \u200b", "content": " c "}
    )
    reply = shown(place, number)
    assert reply["ticket"]["subject"] == "\u00fc" * 255
    assert reply["responses"][0]["html"] == "c"


def test_queue_named_twice_must_be_the_same(place: Place) -> None:
    inbox = shown(place, opened(place))["ticket"]["queue_id"]
    outer = shown(place, opened(place, queue_name="Sales"))["ticket"]["queue_id"]
    both = opened(place, queue_name="Sales", data={"queue_name": "Sales"})
    assert shown(place, both)["ticket"]["queue_id"] == outer != inbox
    body = ticket("A shoe")
    body = {**body, "queue_name": "Support", "data": {**body["data"], "queue_name": "Sales"}}
    assert refused(place, CREATE, body) == (422, ["queue_name"])


def test_response_reopens_a_held_ticket(place: Place) -> None:
    number = opened(place)
    hold = {"ticket_number": number, "from_email": OTHER, "status": "on-hold"}
    held = succeeded(place, RESPOND, {**hold, "on_hold_until": "2999-12-31"})
    assert held["reopened"] is False
    on_hold = shown(place, number)["ticket"]
    assert (on_hold["status"], on_hold["on_hold_until"]) == ("on-hold", "2999-12-31")
    posting = {"ticket_number": str(number), "from_email": CUSTOMER, "content": "News?"}
    assert succeeded(place, RESPOND, posting)["reopened"] is True
    assert succeeded(place, RESPOND, posting)["reopened"] is False
    after = shown(place, number)
    assert (after["ticket"]["status"], after["ticket"]["on_hold_until"]) == ("open", None)
    said = [response["html"] for response in after["responses"] if response["html"]]
    assert said == ["At mile 14."] + ["News?"] * 2


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({}, ["content"]),
        ({"content": " "}, ["content"]),
        ({"status": "on-hold"}, ["on_hold_until"]),
        ({"status": "on-hold", "on_hold_until": "2001-01-01"}, ["on_hold_until"]),
        ({"status": "on-hold", "on_hold_until": "2999-02-30"}, ["on_hold_until"]),
        ({"status": "on-hold", "on_hold_until": "2999-2-3"}, ["on_hold_until"]),
        ({"status": "open", "on_hold_until": "2999-01-01"}, ["on_hold_until"]),
        ({"content": "c", "on_hold_until": "2999-01-01"}, ["on_hold_until"]),
        ({"content": "c", "is_internal": "yes"}, ["is_internal"]),
    ],
)
def test_refused_response_leaves_the_ticket_unchanged(
    place: Place, more: dict[str, Any], fields: list[str]
) -> None:
    number = opened(place)
    before = shown(place, number)
    body = {"ticket_number": number, "from_email": OTHER, **more}
    assert refused(place, RESPOND, body) == (422, fields)
    assert shown(place, number) == before


def test_flat_endpoints_work_without_a_key(place: Place) -> None:
    body = {"originator_email_address": CUSTOMER, "subject": "Flat", "content": "c"}
    status, headers, raw = place.post("/api/tickets/create", {**body, "is_public": False})
    created = json.loads(raw)["data"]
    assert (status, sorted(created)) == (200, ["secure_id", "ticket_id", "ticket_number"])
    assert "idempotency-expires-at" not in headers
    number = created["ticket_number"]
    answer = {"from_email": OTHER, "content": "d", "is_internal": True, "ticket_number": 1}
    reply = json.loads(place.post(f"/api/tickets/{number}/respond", answer)[2])["data"]
    assert (reply["ticket_id"], reply["reopened"]) == (created["ticket_id"], False)
    responses = shown(place, number)["responses"]
    assert [(r["html"], r["is_internal"]) for r in responses] == [("c", True), ("d", True)]


@pytest.mark.parametrize("path", ["/api/tickets/create", "/api/tickets/{}/respond"])
def test_flat_endpoint_honours_a_key(place: Place, path: str) -> None:
    body = {"originator_email_address": OTHER, "from_email": OTHER, "subject": "s", "content": "c"}
    path, key = path.format(opened(place)), str(uuid4())
    first, again = (place.post(path, body, key) for _ in range(2))
    assert (first[0], again[0], again[2]) == (200, 200, first[2])
    assert "idempotency-replayed" not in first[1]
    assert again[1]["idempotency-replayed"] == "true"
    assert again[1]["idempotency-expires-at"] == first[1]["idempotency-expires-at"]


def test_search_mode_finds_exactly_its_tickets(place: Place) -> None:
    mark = uuid4().hex
    one = opened(place, data={"subject": f"50%_\u00c4 {mark}", "content": "<i>Sole</i>"})
    raised = f"{mark}@b.example"
    two = opened(
        place, data={"subject": mark, "content": "heel"}, originator_email_address=raised,
        queue_name="Support",
    )  # fmt: skip
    joined = f"join-{mark}@b.example"
    hold = {"status": "on-hold", "on_hold_until": "2999-01-01", "from_email": joined}
    succeeded(place, RESPOND, {"ticket_number": two, **hold})
    day = shown(place, one)["ticket"]["created_at"][:10]
    within: dict[str, Any] = {"subject": [mark]}
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [one, two]),
        ({"subject_content": ["HEEL"]}, [two]),
        ({"subject_content": ["50%_\u00e4"]}, [one]),
        ({"content": ["sole"]}, [one]),
        ({"content": ["s_le"]}, []),
        ({"raised": [raised.upper()]}, [two]),
        ({"raised": [joined]}, []),
        ({"participant": [joined, raised]}, [two]),
        ({"queue": ["support"]}, [two]),
        ({"queue": ["supp"]}, []),
        ({"status": ["On-Hold"]}, [two]),
        ({"status": ["open", "on-hold"]}, [one, two]),
        ({"priority": ["normal"]}, [one, two]),
        ({"priority": [20], "status": ["open"]}, [one]),
        ({"priority": ["urgent"]}, []),
        ({"assigned": [CUSTOMER]}, []),
        ({"ticket_number": [str(one)]}, [one]),
        ({"ticket_number": ["0" * 20 + str(one)]}, [one]),
        ({"created_from": [day], "updated_from": [day]}, [one, two]),
        ({"created_to": ["2020-01-01"]}, []),
        ({"updated_to": ["9999-12-31"], "created_from": ["0001-01-01"]}, [one, two]),
    ]
    for criterion, expected in cases:
        assert found(place, **within, **criterion) == expected, criterion


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ([{"mode": "subject", "tokens": ["a" * 60_000]}], "search_object.criteria.0.tokens.0"),
        ([{"mode": "content", "tokens": ["%" * 30_000]}], "search_object.criteria.0.tokens.0"),
        ([{"mode": "participant", "tokens": ["a"] * 100}] * 4, "search_object.criteria"),
        ([{"mode": "priority", "tokens": ["21"]}], "search_object.criteria.0.tokens.0"),
        ([{"mode": "created_to", "tokens": ["2026-13-01"]}], "search_object.criteria.0.tokens.0"),
        ([{"mode": "ticket_number", "tokens": ["9" * 30]}], "search_object.criteria.0.tokens.0"),
        ([{"mode": "status", "tokens": []}], "search_object.criteria.0.tokens"),
    ],
)
def test_invalid_search_is_a_bad_field(place: Place, criteria: Any, field: str) -> None:
    body = {"search_object": {"criteria": criteria}}
    assert refused(place, INDEX, body) == (422, [field])


@pytest.mark.parametrize("mode", ["subject", "content", "subject_content", "participant"])
def test_longest_accepted_search_is_answered(place: Place, mode: str) -> None:
    criterion = {"mode": mode, "tokens": ["%\U0001f45f" * 500] * 100}
    body = {"search_object": {"criteria": [criterion] * 3}}
    assert succeeded(place, INDEX, body)["tickets"] == []


@pytest.mark.parametrize("content", HOSTILE, ids=[repr(text[:10]) for text in HOSTILE])
def test_ticket_with_any_content_stays_readable(place: Place, content: str) -> None:
    (response,) = shown(place, opened(place, data={"content": content}))["responses"]
    assert response["html"] == content
    assert isinstance(response["plain_text"], str)


def test_originator_in_another_case_is_the_same_customer(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    try:
        numbers = [opened(place, originator_email_address=a) for a in (OTHER, OTHER.upper())]
        rows = [row["originator_email"] for row in place.every_ticket("number")]
    finally:
        place.stop()
    assert (numbers, rows) == ([220009, 220010], [OTHER, OTHER])


@pytest.mark.parametrize(
    ("criteria", "sentence"),
    [
        ("x", "The search_object.criteria field must be an array."),
        (
            [{"mode": "queue", "tokens": [{}]}],
            "The search_object.criteria.0.tokens.0 field must be a string.",
        ),
    ],
)
def test_criteria_of_the_wrong_type_are_named(place: Place, criteria: Any, sentence: str) -> None:
    status, _, raw = place.post(INDEX, {"search_object": {"criteria": criteria}})
    assert (status, json.loads(raw)["message"]) == (422, sentence)


@pytest.mark.parametrize("value", [0, False, [], {}])
@pytest.mark.parametrize("shape", ["template_identifier", "intervention"])
def test_invalid_template_name_still_selects_the_shape(
    place: Place, shape: str, value: Any
) -> None:
    status, fields = refused(place, CREATE, {**ticket("A shoe"), shape: value, "uid": "u"})
    assert (status, fields) == (422, [shape])


@pytest.mark.parametrize("value", [None, "", " \n"])
@pytest.mark.parametrize("shape", ["template_identifier", "intervention"])
def test_blank_template_name_selects_no_shape(place: Place, shape: str, value: Any) -> None:
    assert opened(place, **{shape: value}) >= 220009
