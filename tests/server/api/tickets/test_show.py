"""tickets/show, tickets/responses and tickets/response: references, members, order, cut bodies."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.desk import ANNA, COACH, CUSTOMER, done, open_ticket, refusal, respond, ticket_id
from tests.support.place import Place
from tests.support.users import new_user

PIXEL = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
LARGE = {"html", "plain_text", "attachments"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("show"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def show(place: Place, number: int, **more: Any) -> Any:
    return done(place, "show", {"ticket_number": number, **more})


@pytest.mark.parametrize("route", ["show", "responses"])
def test_ticket_is_named_by_number_or_by_id(place: Place, route: str) -> None:
    number = open_ticket(place)
    by_number = done(place, route, {"ticket_number": str(number)})
    assert by_number == done(place, route, {"ticket_id": ticket_id(place, number)})


@pytest.mark.parametrize("route", ["show", "responses"])
def test_ticket_named_twice_or_not_at_all_is_refused(place: Place, route: str) -> None:
    number = open_ticket(place)
    both = {"ticket_number": number, "ticket_id": ticket_id(place, number)}
    for body in (both, {}):
        assert refusal(place, route, body) == (422, "validation_failed", ["ticket_id"])


@pytest.mark.parametrize("name", ["ticket_number", "ticket_id"])
def test_deleted_ticket_is_not_found(place: Place, name: str) -> None:
    number = open_ticket(place)
    value = number if name == "ticket_number" else ticket_id(place, number)
    place.execute(f"UPDATE ticket SET deleted_at = 1 WHERE number = {number}")
    for route in ("show", "responses"):
        assert refusal(place, route, {name: value}) == (404, "ticket_not_found", [])


def test_resolved_is_the_id_of_a_category_or_null(place: Place) -> None:
    number = open_ticket(place)
    assert show(place, number)["ticket"]["resolved"] is None
    place.execute(
        "INSERT INTO resolution_category (id, name, name_key, colour, position)"
        " VALUES (4, 'Refunded', 'refunded', '#fff', 1)"
    )
    done(place, "close", {"ticket_number": number, "resolved": "Refunded"})
    assert show(place, number)["ticket"]["resolved"] == "4"


def test_shown_ticket_has_queue_and_originator_names(place: Place) -> None:
    place.execute(f"UPDATE person SET name = 'Marcus' WHERE email = '{CUSTOMER}'")
    ticket = show(place, open_ticket(place, queue_name="Sales"))["ticket"]
    assert (ticket["queue_name"], ticket["originator_name"]) == ("Sales", "Marcus")


def test_shown_ticket_of_a_team_names_the_team(place: Place) -> None:
    number = open_ticket(place)
    place.execute("INSERT INTO team (id, name, name_key) VALUES (9, 'Field', 'field')")
    place.execute(f"UPDATE ticket SET team_id = 9 WHERE number = {number}")
    assert show(place, number)["ticket"]["assigned_to_email"] == "team:9"


def test_participants_are_the_originator_and_all_who_take_part(place: Place) -> None:
    number = open_ticket(place, originator_email_address="first@b.example")
    respond(place, number, from_email=COACH)
    respond(place, number, from_email=ANNA)
    people = show(place, number)["participants"]
    assert people[0].keys() == {"id", "name", "email", "is_staff"}
    assert people[0]["email"] == "first@b.example"
    found = {person["email"]: person["is_staff"] for person in people}
    assert found == {"first@b.example": False, COACH: False, ANNA: True}


def test_linked_tickets_are_shown_without_deleted_ones(place: Place) -> None:
    number, other, gone = (open_ticket(place, name) for name in ("a", "b", "c"))
    done(place, "link", {"ticket_number": number, "linked_ticket_numbers": [other, gone]})
    place.execute(f"UPDATE ticket SET deleted_at = 1 WHERE number = {gone}")
    assert show(place, number)["linked_tickets"] == [
        {"id": str(ticket_id(place, other)), "number": other, "subject": "b", "status": "open",
         "is_clone": False}
    ]  # fmt: skip


def test_thread_is_in_order_of_ids_after_the_pinned_ones(place: Place) -> None:
    number = open_ticket(place)
    first, second, third = (respond(place, number, f"r{n}") for n in range(3))
    place.execute(f"UPDATE response SET created_at = 5 WHERE id = {third}")
    place.execute(f"UPDATE response SET is_pinned = 1 WHERE id = {second}")
    for route in ("show", "responses"):
        thread = done(place, route, {"ticket_number": number})["responses"]
        ids = [int(row["id"]) for row in thread]
        assert ids == [second, ids[1], first, third]


def test_deleted_response_is_gone_from_the_thread(place: Place) -> None:
    number = open_ticket(place)
    kept, gone = respond(place, number), respond(place, number)
    place.execute(f"UPDATE response SET deleted_at = 1 WHERE id = {gone}")
    ids = [int(row["id"]) for row in show(place, number)["responses"]]
    assert (kept in ids, gone in ids) == (True, False)
    assert refusal(place, "response", {"response_id": gone}) == (404, "response_not_found", [])


@pytest.mark.parametrize("fields", [[], ["html"], ["plain_text", "attachments"], None])
def test_fields_choose_the_large_members(place: Place, fields: list[str] | None) -> None:
    number = open_ticket(place)
    for route in ("show", "responses"):
        (row,) = done(place, route, {"ticket_number": number, "fields": fields})["responses"]
        assert row.keys() & LARGE == (LARGE if fields is None else {*fields})
        assert row["body_chars"] == len("At mile 14.")


def test_max_body_chars_cuts_bodies_and_says_so(place: Place) -> None:
    number = open_ticket(place, data={"content": "<b>\U0001f45f mile</b>"})
    (whole,) = show(place, number)["responses"]
    assert whole["body_chars"] == len(whole["html"]) == 13
    assert not whole.keys() & {"html_truncated", "plain_text_truncated"}
    for most, html, text in ((4, "<b>\U0001f45f", "\U0001f45f mi"), (0, "", "")):
        (row,) = show(place, number, max_body_chars=most)["responses"]
        assert (row["html"], row["plain_text"], row["body_chars"]) == (html, text, 13)
        assert (row["html_truncated"], row["plain_text_truncated"]) == (True, True)
    (row,) = show(place, number, max_body_chars=6)["responses"]
    assert (row["plain_text"], row["html_truncated"]) == ("\U0001f45f mile", True)
    assert "plain_text_truncated" not in row
    for most in (13, 2**31, 2**63 - 1):
        (row,) = show(place, number, max_body_chars=most)["responses"]
        assert row == whole
    assert refusal(place, "show", {"ticket_number": number, "max_body_chars": -1})[2] == [
        "max_body_chars"
    ]


def test_max_body_chars_cuts_a_text_that_is_not_stored_yet(place: Place) -> None:
    number = open_ticket(place, data={"content": "<p>one two</p>"})
    place.execute(
        "UPDATE response SET text = NULL"
        f" WHERE ticket_id = (SELECT id FROM ticket WHERE number = {number})"
    )
    (row,) = show(place, number, max_body_chars=3)["responses"]
    assert (row["plain_text"], row["plain_text_truncated"]) == ("one", True)


def test_audit_shows_the_changes_that_came_with_a_response(place: Place) -> None:
    number = open_ticket(place)
    with_content = respond(place, number, "c", priority="high")
    alone = done(place, "respond", {"ticket_number": number, "from_email": ANNA, "subject": "New"})[
        "response_id"
    ]
    thread = {int(row["id"]): row for row in show(place, number)["responses"]}
    (entry,) = thread[with_content]["audit"]
    assert entry.keys() == {"what", "from", "to", "by", "at"}
    assert (entry["what"], entry["by"]) == ("priority", ANNA)
    assert (thread[with_content]["is_audit_only"], thread[alone]["is_audit_only"]) == (False, True)
    (entry,) = thread[alone]["audit"]
    assert (entry["what"], entry["from"], entry["to"]) == ("subject", "A shoe", "New")


def test_response_is_shown_with_its_ticket(place: Place) -> None:
    image = f'<img src="data:image/gif;base64,{PIXEL}">'
    number = open_ticket(place, data={"content": f"x{image}"})
    (row,) = show(place, number)["responses"]
    shown = done(place, "response", {"response_id": row["id"]})["response"]
    own = {"ticket_id": str(ticket_id(place, number)), "ticket_number": number}
    assert shown == {**row, **own}
    assert len(shown["attachments"]) == 1
    cut = done(place, "response", {"response_id": int(row["id"]), "max_body_chars": 1})
    assert (cut["response"]["html"], cut["response"]["html_truncated"]) == ("x", True)


def test_response_of_a_deleted_ticket_is_not_found(place: Place) -> None:
    number = open_ticket(place)
    said = respond(place, number)
    place.execute(f"UPDATE ticket SET deleted_at = 1 WHERE number = {number}")
    assert refusal(place, "response", {"response_id": said}) == (404, "response_not_found", [])
    assert refusal(place, "response", {"response_id": 10**9}) == (404, "response_not_found", [])
    assert refusal(place, "response", {}) == (422, "validation_failed", ["response_id"])
