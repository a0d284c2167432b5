"""Creating a ticket under v1: attributes, participants, tags and files."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import ANNA, COACH, CUSTOMER
from tests.support.multipart import uploaded
from tests.support.place import Place
from tests.support.users import answered, new_user, refused

CREATE = "/api/v1/tickets"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("create"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def sent(place: Place, data: dict[str, Any] | None = None, **members: Any) -> tuple[int, Any]:
    body = {
        "originator_email_address": CUSTOMER,
        "data": {"subject": "A shoe", "content": "At mile 14.", **(data or {})},
        **members,
    }
    status, _, raw = place.post(CREATE, body, str(uuid4()))
    return status, json.loads(raw)


def created(place: Place, data: dict[str, Any] | None = None, **members: Any) -> Any:
    status, reply = sent(place, data, **members)
    assert status == 200, reply
    return reply["data"]


def fields(place: Place, data: dict[str, Any] | None = None, **members: Any) -> Any:
    status, reply = sent(place, data, **members)
    return status, reply["code"], [*reply["errors"]]


def shown(place: Place, made: Any) -> Any:
    return answered(place, "/api/v1/tickets/show", {"ticket_id": made["ticket_id"]})["data"]


def test_a_ticket_names_its_queue(place: Place) -> None:
    made = created(place)
    assert made.keys() == {"ticket_number", "ticket_id", "secure_id", "queue"}
    assert made["queue"] == "Inbox"
    assert created(place, queue_name="sales")["queue"] == "Sales"
    assert created(place, {"queue_name": "Sales"})["queue"] == "Sales"
    refusal = fields(place, {"queue_name": "Sales"}, queue_name="Inbox")
    assert refusal == (422, "validation_failed", ["queue_name"])
    assert fields(place, queue_name="Nowhere")[1] == "queue_not_found"


def test_a_ticket_begins_with_its_attributes(place: Place) -> None:
    data = {"assigned_to_email": ANNA.lower(), "priority": "40", "on_hold_until": "2999-01-01"}
    ticket = shown(place, created(place, data))["ticket"]
    assert (ticket["assigned_to_email"], ticket["priority"], ticket["status"]) == (
        ANNA, "40", "on-hold",
    )  # fmt: skip
    assert ticket["on_hold_until"] == "2999-01-01"
    made = created(place, {"status": "closed"})
    sql = f"SELECT closed_at IS NOT NULL FROM ticket WHERE id = {made['ticket_id']}"
    assert (shown(place, made)["ticket"]["status"], place.value(sql)) == ("closed", 1)
    team = answered(place, "/api/v1/administration/teams/create", {"name": "Shoes"})["team_id"]
    ticket = shown(place, created(place, {"assigned_to_email": f"Team:{team}"}))["ticket"]
    assert ticket["assigned_to_email"] == f"team:{team}"


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"priority": "high"}, "validation_failed", "data.priority"),
        ({"priority": 25}, "validation_failed", "data.priority"),
        ({"priority": True}, "validation_failed", "data.priority"),
        ({"status": "on-hold"}, "validation_failed", "data.on_hold_until"),
        ({"status": "gone"}, "validation_failed", "data.status"),
        ({"status": "open", "on_hold_until": "2999-01-01"}, "validation_failed",
         "data.on_hold_until"),
        ({"on_hold_until": "2020-01-01"}, "validation_failed", "data.on_hold_until"),
        ({"assigned_to_email": CUSTOMER}, "assignee_not_found", "data.assigned_to_email"),
        ({"assigned_to_email": "team:77"}, "assignee_not_found", "data.assigned_to_email"),
        ({"assigned_to_email": f"team:{2**63}"}, "assignee_not_found", "data.assigned_to_email"),
    ],
)  # fmt: skip
def test_bad_attributes_of_a_new_ticket_are_named(
    place: Place, data: dict[str, Any], code: str, field: str
) -> None:
    before = place.value("SELECT count(*) FROM ticket")
    assert fields(place, data) == (422, code, [field])
    assert place.value("SELECT count(*) FROM ticket") == before


def test_tracking_queue_refuses_a_new_ticket_that_is_closed(place: Place) -> None:
    place.execute("UPDATE queue SET track_resolutions = 1 WHERE name = 'Sales'")
    refusal = fields(place, {"status": "closed", "queue_name": "Sales"})
    place.execute("UPDATE queue SET track_resolutions = 0")
    assert refusal == (422, "resolution_required", ["data.status"])


def test_participants_join_a_new_ticket(place: Place) -> None:
    made = created(place, participants=[COACH, CUSTOMER, "new@b.example"])
    people = [person["email"] for person in shown(place, made)["participants"]]
    assert (people[0], {*people}) == (CUSTOMER, {CUSTOMER, COACH, "new@b.example"})
    assert len(people) == 3
    assert fields(place, participants=["x"])[2] == ["participants.0"]


def test_names_and_hashtags_of_the_text_are_added(place: Place) -> None:
    number = created(place)["ticket_number"]
    answered(place, "/_tickiti/tickets/act", {"ticket_number": number, "hashtags": ["Vip"]})
    text = "<p>@anna, see #vip and #VIP. Not a@b.example, @nobody or #none-such!</p>"
    made = created(place, {"content": text})
    assert made["tag_warnings"] == ["@nobody", "#none-such"]
    assert [person["email"] for person in shown(place, made)["participants"]] == [CUSTOMER, ANNA]
    sql = f"SELECT tag FROM hashtag WHERE ticket_id = {made['ticket_id']}"
    assert place.rows(sql) == [("Vip",)]
    assert shown(place, made)["responses"][0]["html"] == text


@pytest.mark.parametrize("alt", ["", "a shoe", "@anna and #vip", "a [left] shoe"])
def test_an_image_of_the_text_is_no_tag(place: Place, alt: str) -> None:
    url = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
    image = f'<img src="{url}" alt="{alt}">'
    made = created(place, {"content": f"<p>See {image} and {image}</p>"}, strict_tags=True)
    assert "tag_warnings" not in made
    assert [person["email"] for person in shown(place, made)["participants"]] == [CUSTOMER]


def test_unknown_tags_are_refused_where_they_are_strict(place: Place) -> None:
    refusal = fields(place, {"content": "@nobody #none"}, strict_tags=True)
    assert refusal == (422, "tag_unknown", ["content"])
    assert "tag_warnings" not in created(place, {"content": "@Anna"}, strict_tags=True)


def test_unknown_members_are_named_on_v1_alone(place: Place) -> None:
    made = created(place, {"colour": "red"}, priority=40, html="x")
    assert made["ignored_params"] == ["priority", "html", "data.colour"]
    body = {"originator_email_address": CUSTOMER, "strict_tags": "x", "participants": 5,
            "data": {"subject": "s", "content": "@nobody", "priority": "words"}}  # fmt: skip
    status, _, raw = place.post("/api/create_ticket", body, str(uuid4()))
    assert status == 200
    assert json.loads(raw)["data"].keys() == {"ticket_number", "ticket_id", "secure_id"}


def test_an_uploaded_file_comes_with_a_new_ticket(place: Place) -> None:
    sha256 = uploaded(place, b"%PDF-1.7 receipt")
    file = {"sha256": sha256, "name": "receipt.pdf"}
    made = created(place, attachments=[file])
    (file,) = shown(place, made)["responses"][0]["attachments"]
    assert (file["name"], file["sha256"]) == ("receipt.pdf", sha256)
    unknown = {"sha256": hashlib.sha256(b"?").hexdigest(), "name": "x.pdf"}
    assert fields(place, attachments=[unknown])[1] == "attachment_not_uploaded"


def test_attributes_apply_unless_the_template_has_their_placeholder(place: Place) -> None:
    template = {"type": "email", "identifier": "prio", "subject": "s", "content": "{{priority}}"}
    place.post("/api/v1/templates/create", template)
    body = {
        "originator_email_address": CUSTOMER, "template_identifier": "prio",
        "data": {"priority": 40, "status": "closed", "x": 1},
    }  # fmt: skip
    status, _, raw = place.post(CREATE, body, str(uuid4()))
    assert status == 200, raw
    ticket = shown(place, json.loads(raw)["data"])["ticket"]
    assert (ticket["priority"], ticket["status"]) == ("20", "closed")
    status, code, _ = refused(place, "/api/v1/tickets/show", {"ticket_id": 10**9})
    assert (status, code) == (404, "ticket_not_found")
    body["data"] = {"priority": 40, "status": "gone"}
    status, _, raw = place.post(CREATE, body, str(uuid4()))
    assert (status, [*json.loads(raw)["errors"]]) == (422, ["data.status"])
