"""tickets/responses/query lists the responses of all tickets, oldest first, in pages."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

QUERY = "/api/v1/tickets/responses/query"
ANNA, MARCUS = "anna@sole-trader.example", "marcus@trailblazers-club.example"
DAY = 20_000 * 86_400 * 1_000_000
"""2024-10-04, in microseconds."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("responses"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def numbers(place: Place) -> list[int]:
    """Two tickets and five responses, whose times are set: 1 and 2 at once, then each a day later;
    their ids rise, but the last of them was said before all others."""
    user = {"name": "Anna", "email": ANNA, "is_staff": True, "is_admin": False}
    user |= {"tonic_notifications": False}
    assert place.post("/api/v1/administration/users/create", user)[0] == 200
    found = []
    for queue in ("Sales", "Support"):
        body = {**ticket("A shoe"), "queue_name": queue}
        body["use_passed_originator_as_responder"] = True
        found.append(answered(place, "/api/create_ticket", body)["ticket_number"])
    for author, is_internal in ((ANNA, True), (ANNA, False), (MARCUS, False)):
        body = {"ticket_number": found[0], "from_email": author, "content": f"<b>{author}</b>"}
        answered(place, "/api/ticket_respond", {**body, "is_internal": is_internal})
    for response_id, moment in ((1, DAY + 5), (2, DAY + 5), (3, 2 * DAY), (4, 3 * DAY), (5, 7)):
        place.execute(
            "UPDATE response SET created_at = :at WHERE id = :id",
            {"at": moment, "id": response_id},
        )
    return found


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)["data"]


def found(place: Place, **body: Any) -> list[int]:
    page = answered(place, QUERY, body)
    assert page["next_cursor"] is None
    return [int(row["id"]) for row in page["responses"]]


def test_listed_response_equals_that_of_its_ticket(place: Place, numbers: list[int]) -> None:
    page = answered(place, QUERY, {"ticket_number": [numbers[0]]})
    shown = answered(place, "/api/v1/tickets/responses", {"ticket_number": numbers[0]})["responses"]
    own = [{**row, "response_id": row["id"], "ticket_number": numbers[0]} for row in shown]
    assert sorted(page["responses"], key=lambda row: int(row["id"])) == own


def test_filter_finds_exactly_its_responses(place: Place, numbers: list[int]) -> None:
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [5, 1, 2, 3, 4]),
        ({"ticket_number": [numbers[1]]}, [2]),
        ({"ticket_number": [numbers[1], str(numbers[0])]}, [5, 1, 2, 3, 4]),
        ({"queue": ["sales"]}, [5, 1, 3, 4]),
        ({"queue": ["Sales", "Support"]}, [5, 1, 2, 3, 4]),
        ({"queue": ["Nowhere"]}, []),
        ({"queue_id": ["3"]}, [2]),
        ({"queue_id": [3], "queue": ["Sales"]}, []),
        ({"is_internal": True}, [3]),
        ({"is_internal": "0"}, [5, 1, 2, 4]),
        ({"staff_response": True}, [3, 4]),
        ({"staff_response": False, "ticket_number": [numbers[0]]}, [5, 1]),
        ({"created_from": "2024-10-04"}, [1, 2, 3, 4]),
        ({"created_to": "2024-10-04"}, [5, 1, 2]),
        ({"created_to": "2024-10-03"}, [5]),
        ({"created_from": "2024-10-04 00:00:00", "created_to": "2024-10-04 00:00:00"}, [1, 2]),
        ({"created_from": "2024-10-04 00:00:01", "created_to": "9999-12-31"}, [3, 4]),
        ({"include_deleted": True}, [5, 1, 2, 3, 4]),
    ]
    for body, expected in cases:
        assert found(place, **body) == expected, body


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_miss_no_response_of_the_same_moment(
    place: Place, numbers: list[int], limit: int
) -> None:
    seen: list[int] = []
    cursor: Any = None
    while True:
        body = {"limit": limit, "cursor": cursor, "ticket_number": numbers}
        page = answered(place, QUERY, body)
        seen += [int(row["id"]) for row in page["responses"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [5, 1, 2, 3, 4]
    page = answered(place, QUERY, {"limit": 2})
    assert page["next_cursor"] == {"created_at": "2024-10-04T00:00:00.000005+00:00", "id": 1}


def test_requested_members_alone_are_sent(place: Place, numbers: list[int]) -> None:
    large = {"html", "plain_text", "attachments"}
    for fields in ([], ["html"], ["plain_text", "attachments"], None):
        body = {"fields": fields, "ticket_number": numbers}
        for row in answered(place, QUERY, body)["responses"]:
            assert row.keys() & large == (large if fields is None else {*fields})


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({"created_from": "2024-13-01"}, "created_from",
         "The created_from field must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC."),
        ({"created_to": "2024-10-04T00:00:00"}, "created_to",
         "The created_to field must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC."),
        ({"fields": ["text"]}, "fields.0",
         ("The fields.0 field must be 'html', 'plain_text', 'attachments', 'id', 'response_id', "
         "'ticket_number', 'is_internal', 'is_pinned', 'staff_response', 'created_by_email', "
         "'created_at', 'updated_at', 'is_email_sourced', 'body_chars', 'audit', 'is_audit_only' "
         "or 'deleted_at'.")),
        ({"limit": 1001}, "limit", "The limit field must be at most 1000."),
        ({"queue": ["Sales", " "]}, "queue.1", "The queue.1 field must not be empty."),
        ({"queue": "Sales"}, "queue", "The queue field must be an array."),
        ({"cursor": {"created_at": "yesterday", "id": 1}}, "cursor.created_at",
         "The cursor.created_at field must be the created_at of a next_cursor."),
        ({"cursor": {"created_at": "2024-10-04T00:00:00+00:00"}}, "cursor.id",
         "The cursor.id field is required."),
    ],
)  # fmt: skip
def test_invalid_query_names_its_field(
    place: Place, body: dict[str, Any], field: str, sentence: str
) -> None:
    status, _, raw = place.post(QUERY, body)
    reply = json.loads(raw)
    assert (status, reply["code"]) == (422, "validation_failed")
    assert reply["errors"] == {field: [sentence]}
