"""The filters, members and counts of tickets/responses/query."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.desk import ANNA, CUSTOMER, done, open_ticket, refusal, respond
from tests.support.place import Place
from tests.support.users import new_user

QUERY = "responses/query"
PIXEL = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
DAY = 20_000 * 86_400 * 1_000_000
"""2024-10-04, in microseconds."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("response-filters"))
    found.start()
    yield found
    found.stop()


class Said:
    """Responses of two tickets, by a name of each."""

    def __init__(self, place: Place) -> None:
        new_user(place, "Anna")
        self.first = open_ticket(place, queue_name="Sales")
        self.second = open_ticket(place, queue_name="Support")
        image = f'<img src="data:image/gif;base64,{PIXEL}">'
        self.ids = {"one": 1, "two": 2}
        self.ids["note"] = respond(place, self.first, "a note", is_internal=True)
        self.ids["image"] = respond(place, self.first, image, from_email=CUSTOMER)
        self.ids["reply"] = respond(place, self.second, "a reply")
        self.ids["record"] = done(
            place, "respond",
            {"ticket_number": self.second, "from_email": ANNA, "priority": "high"},
        )["response_id"]  # fmt: skip
        for place_in_time, response_id in enumerate(self.ids.values()):
            when = DAY + (place_in_time // 2) * 86_400_000_000 + place_in_time
            place.execute(f"UPDATE response SET created_at = {when} WHERE id = {response_id}")

    def names(self, place: Place, **body: Any) -> list[str]:
        page = done(place, QUERY, body)
        assert page["next_cursor"] is None
        names = {response_id: name for name, response_id in self.ids.items()}
        found = [names[int(row["id"])] for row in page["responses"]]
        assert done(place, QUERY, {**body, "count_only": True}) == {"count": len(found)}
        return found


@pytest.fixture(scope="module")
def said(place: Place) -> Said:
    return Said(place)


@pytest.mark.parametrize(("body", "names"), [
    ({}, "one two note image reply record"),
    ({"created_by_email": ANNA.upper()}, "note reply record"),
    ({"created_by_email": CUSTOMER}, "one two image"),
    ({"created_by_email": "unknown@b.example"}, ""),
    ({"has_attachments": True}, "image"),
    ({"has_attachments": "0", "created_by_email": CUSTOMER}, "one two"),
    ({"is_empty": False}, "one two note image reply"),
    ({"is_empty": True}, "record"),
    ({"is_empty": True, "has_attachments": False}, "record"),
    ({"response_id": [1, "2"]}, "one two"),
    ({"response_id": [1], "created_by_email": ANNA}, ""),
])  # fmt: skip
def test_filter_selects_exactly_its_responses(
    place: Place, said: Said, body: dict[str, Any], names: str
) -> None:
    assert said.names(place, **body) == names.split()


def test_rows_have_the_id_as_id_and_response_id(place: Place, said: Said) -> None:
    for row in done(place, QUERY, {})["responses"]:
        assert row["id"] == row["response_id"]
        assert int(row["id"]) in said.ids.values()


@pytest.mark.parametrize(("body", "members"), [
    ({"fields": ["created_at"]}, {"created_at"}),
    ({"fields": ["html", "body_chars"]}, {"html", "body_chars"}),
    ({"fields": ["id"]}, set()),
    ({"fields": ["ticket_number", "plain_text"]}, {"ticket_number", "plain_text"}),
    ({"fields": ["html", "audit"], "metadata_only": True}, {"audit"}),
])  # fmt: skip
def test_fields_with_metadata_names_give_exactly_those(
    place: Place, said: Said, body: dict[str, Any], members: set[str]
) -> None:
    for row in done(place, QUERY, body)["responses"]:
        assert row.keys() == members | {"id", "response_id"}
    assert said.ids


def test_metadata_only_drops_the_large_members(place: Place, said: Said) -> None:
    everything = done(place, QUERY, {})["responses"]
    large = {"html", "plain_text", "attachments"}
    for fields in (None, ["html"]):
        found = done(place, QUERY, {"metadata_only": True, "fields": fields})["responses"]
        assert found == [
            {name: value for name, value in row.items() if name not in large} for row in everything
        ]
    assert said.ids


def test_count_only_counts_over_all_pages(place: Place, said: Said) -> None:
    body = {"count_only": True, "limit": 1}
    assert done(place, QUERY, body) == {"count": len(said.ids)}


@pytest.mark.parametrize(("grouping", "groups"), [
    ("queue", {"Sales": 3, "Support": 3}),
    ("created_by_email", {ANNA: 3, CUSTOMER: 3}),
    ("is_internal", {False: 4, True: 2}),
    ("staff_response", {False: 3, True: 3}),
    ("day", {"2024-10-04": 2, "2024-10-05": 2, "2024-10-06": 2}),
])  # fmt: skip
def test_group_by_counts_each_value(
    place: Place, said: Said, grouping: str, groups: dict[Any, int]
) -> None:
    rows = [{"value": value, "count": count} for value, count in groups.items()]
    assert done(place, QUERY, {"group_by": grouping}) == {"count": len(said.ids), "groups": rows}
    some = done(place, QUERY, {"group_by": grouping, "created_by_email": ANNA})
    assert some["count"] == 3


def test_group_by_ticket_number_counts_its_filtered_responses(place: Place, said: Said) -> None:
    body = {"group_by": "ticket_number", "is_internal": True}
    assert done(place, QUERY, body)["groups"] == [
        {"value": said.first, "count": 1}, {"value": said.second, "count": 1}
    ]  # fmt: skip


def test_count_only_with_group_by_is_refused(place: Place) -> None:
    body = {"count_only": True, "group_by": "day"}
    assert refusal(place, QUERY, body) == (422, "validation_failed", ["group_by"])
    assert refusal(place, QUERY, {"group_by": "month"})[2] == ["group_by"]


@pytest.mark.parametrize("form", ["{}T{}+00:00", "{} {}", "{}T{}Z"])
def test_cursor_takes_both_written_forms_of_its_time(place: Place, said: Said, form: str) -> None:
    page = done(place, QUERY, {"limit": 2})
    cursor = page["next_cursor"]
    assert cursor == {"created_at": "2024-10-04T00:00:00.000001+00:00", "id": 2}
    written = form.format("2024-10-04", "00:00:00.000001")
    for response_id in (2, "2"):
        body = {"cursor": {"created_at": written, "id": response_id}}
        rows = done(place, QUERY, body)["responses"]
        assert [int(row["id"]) for row in rows] == [*said.ids.values()][2:]
    second = form.format("2024-10-05", "00:00:00")
    rows = done(place, QUERY, {"cursor": {"created_at": second, "id": 1}})["responses"]
    assert [int(row["id"]) for row in rows] == [*said.ids.values()][2:]


def test_include_deleted_shows_deleted_responses_with_their_time(tmp_path: Any) -> None:
    place = Place(tmp_path)
    place.start()
    kept, gone = open_ticket(place), open_ticket(place)
    single = respond(place, kept)
    done(place, "response-delete", {"response_id": single})
    done(place, "delete", {"ticket_numbers": [gone]})
    assert [row["id"] for row in done(place, QUERY, {})["responses"]] == ["1"]
    rows = done(place, QUERY, {"include_deleted": True})["responses"]
    found = {row["id"]: row["deleted_at"] for row in rows}
    assert found["1"] is None
    for response_id in ("2", str(single)):
        assert found[response_id].endswith("+00:00")
    place.stop()


def test_deleted_at_is_left_out_without_include_deleted(place: Place, said: Said) -> None:
    assert all("deleted_at" not in row for row in done(place, QUERY, {})["responses"])
    assert said.ids
