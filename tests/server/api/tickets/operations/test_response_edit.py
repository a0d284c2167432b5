"""Changing what a response says, and who sees it."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import (
    ANNA,
    COACH,
    CUSTOMER,
    changes,
    done,
    open_ticket,
    refusal,
    respond,
    staff_with,
    ticket_id,
)
from tests.support.place import Place
from tests.support.users import new_user

ROUTE = "response-update"
UNKNOWN = 999_999
DATA_URL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
PIXEL = f'<img src="{DATA_URL}">'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("edit"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def edited(place: Place, response_id: int, **members: Any) -> Any:
    return done(place, ROUTE, {"response_id": response_id, **members})["response"]


def mails(place: Place, number: int) -> dict[str, str]:
    """The HTML of the mails about a ticket, by their addresses."""
    sql = f"SELECT target, payload FROM outbox WHERE subject LIKE '[#{number}]%'"
    found = {}
    for target, payload in place.rows(sql):
        *_, html = message_from_bytes(payload).walk()
        found[target] = html.get_payload(decode=True).decode()  # type: ignore[union-attr]
    return found


def test_a_new_content_takes_the_place_of_the_body(place: Place) -> None:
    number = open_ticket(place)
    response_id = respond(place, number, "On Monday.")
    shown = edited(place, response_id, content="<b>On Friday.</b>")
    assert (shown["html"], shown["plain_text"]) == ("<b>On Friday.</b>", "On Friday.")
    assert [entry["what"] for entry in shown["audit"]] == ["body"]
    assert shown["created_by_email"] == ANNA
    listed = done(place, "responses", {"ticket_number": number})["responses"]
    assert next(row for row in listed if row["id"] == str(response_id)) == shown
    assert changes(place, number) == [("body", None, None)]


def test_replacements_run_in_order_on_the_stored_html(place: Place) -> None:
    response_id = respond(place, open_ticket(place), "<p>a b  b</p>")
    wanted = [
        {"find": "b", "replace": "c", "all": True},
        {"find": "  c", "replace": " c c"},
        {"find": "a "},
    ]
    assert edited(place, response_id, replace=wanted)["html"] == "<p>c c c</p>"


def test_a_text_to_replace_that_is_missing_or_ambiguous_is_named(place: Place) -> None:
    response_id = respond(place, open_ticket(place), "a b b")
    wanted = [{"find": "a", "replace": "x"}, {"find": "b"}, {"find": "q", "all": True}]
    refused = refusal(place, ROUTE, {"response_id": response_id, "replace": wanted})
    assert refused == (422, "validation_failed", ["replace.1.find", "replace.2.find"])
    html = place.value(f"SELECT html FROM response WHERE id = {response_id}")
    assert html == "a b b"


def test_data_urls_of_an_edit_become_files_once(place: Place) -> None:
    response_id = respond(place, open_ticket(place), f"{PIXEL} x")
    shown = edited(place, response_id, replace=[{"find": "x", "replace": PIXEL}])
    assert "data:" not in shown["html"]
    assert len(shown["attachments"]) == 1
    other = respond(place, open_ticket(place), "x")
    shown = edited(place, other, content=f"{PIXEL} y")
    assert [file["mime_type"] for file in shown["attachments"]] == ["image/gif"]
    assert shown["attachments"][0]["sha256"] in shown["html"]


def test_replacements_that_explode_or_leave_nothing_are_refused(place: Place) -> None:
    response_id = respond(place, open_ticket(place), "aaaaaaaaaa")
    grow = {"find": "a", "replace": "a" * 100, "all": True}
    body = {"response_id": response_id, "replace": [grow] * 20}
    assert refusal(place, ROUTE, body) == (422, "validation_failed", ["replace"])
    body = {"response_id": response_id, "replace": [{"find": "aaaaaaaaaa"}]}
    assert refusal(place, ROUTE, body) == (422, "validation_failed", ["replace"])


def test_publishing_notifies_only_when_asked(place: Place) -> None:
    number = open_ticket(place)
    done(place, "participants/add", {"ticket_number": number, "participants": [COACH]})
    quiet = respond(place, number, "Quiet.", is_internal=True)
    changed = done(place, ROUTE, {"response_id": quiet, "is_internal": False})
    assert (changed["notified"], changed["response"]["is_internal"]) == (False, False)
    assert mails(place, number) == {}
    loud = respond(place, number, f"Loud. {PIXEL}", is_internal=True)
    body = {"response_id": loud, "is_internal": False, "notify": True}
    changed = done(place, ROUTE, body)
    assert changed["notified"]
    sent = mails(place, number)
    assert sent.keys() == {CUSTOMER, COACH}
    assert "Loud." in sent[CUSTOMER]
    assert DATA_URL in sent[CUSTOMER]
    assert [(e["what"], e["from"], e["to"]) for e in changed["response"]["audit"]] == [
        ("visibility", "internal", "public")
    ]


def test_an_edit_reopens_nothing_and_a_note_may_be_hidden_again(place: Place) -> None:
    number = open_ticket(place)
    response_id = respond(place, number)
    done(place, "close", {"ticket_number": number})
    edited(place, response_id, content="x")
    assert edited(place, response_id, is_internal=True)["is_internal"]
    assert edited(place, response_id, is_internal=False)["is_internal"] is False
    assert place.value(f"SELECT status FROM ticket WHERE number = {number}") == "closed"


def test_the_same_values_again_record_nothing(place: Place) -> None:
    number = open_ticket(place)
    response_id = respond(place, number, "Same.")
    assert edited(place, response_id, content="Same.", is_internal=False)["audit"] == []
    assert changes(place, number) == []


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({}, ["content"]),
        ({"content": " "}, ["content"]),
        ({"content": "x", "replace": [{"find": "S"}]}, ["replace"]),
        ({"replace": []}, ["replace"]),
        ({"replace": [{"find": ""}]}, ["replace.0.find"]),
        ({"replace": [{"replace": "x"}]}, ["replace.0.find"]),
        ({"replace": [{"find": "S"}] * 101}, ["replace"]),
        ({"content": "x", "notify": True}, ["notify"]),
        ({"is_internal": False, "notify": True}, ["notify"]),
        ({"is_internal": True, "notify": True}, ["notify"]),
        ({"notify": True}, ["content", "notify"]),
    ],
)
def test_bad_members_of_an_edit_are_named(
    place: Place, members: dict[str, Any], fields: list[str]
) -> None:
    response_id = respond(place, open_ticket(place), "Soon.")
    refused = refusal(place, ROUTE, {"response_id": response_id, **members})
    assert refused == (422, "validation_failed", fields)


def test_customers_and_audit_only_responses_keep_their_body(place: Place) -> None:
    number = open_ticket(place)
    sql = f"SELECT id FROM response WHERE ticket_id = {ticket_id(place, number)}"
    first = int(place.value(sql))
    refused = refusal(place, ROUTE, {"response_id": first, "content": "x"})
    assert refused == (422, "validation_failed", ["content"])
    assert edited(place, first, is_internal=True)["is_internal"]
    changed = {"ticket_number": number, "from_email": ANNA, "priority": 40}
    audit = done(place, "respond", changed)["response_id"]
    body = {"response_id": audit, "replace": [{"find": "x"}], "is_internal": False}
    assert refusal(place, ROUTE, body)[2] == ["replace", "is_internal"]


def test_an_edit_of_an_unknown_or_unseen_response_is_not_found(place: Place) -> None:
    response_id = respond(place, open_ticket(place))
    token = staff_with(place, "Bea", can_view=False)
    for unseen, more in ((UNKNOWN, {}), (response_id, {"token": token})):
        refused = refusal(place, ROUTE, {"response_id": unseen, "content": "x"}, **more)
        assert refused[:2] == (404, "response_not_found")
    token = staff_with(place, "Cora")
    assert done(place, ROUTE, {"response_id": response_id, "content": "x"}, token=token)


def test_a_replayed_publication_is_mailed_once(place: Place) -> None:
    number, key = open_ticket(place), str(uuid4())
    response_id = respond(place, number, "Once.", is_internal=True)
    body = {"response_id": response_id, "is_internal": False, "notify": True}
    replies = [place.post(f"/api/v1/tickets/{ROUTE}", body, key) for _ in range(2)]
    assert json.loads(replies[0][2]) == json.loads(replies[1][2])
    sql = f"SELECT count(*) FROM outbox WHERE subject LIKE '[#{number}]%'"
    assert place.value(sql) == 1
