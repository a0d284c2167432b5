"""Deleting and restoring tickets, and deleting responses."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.support.desk import (
    ANNA,
    COACH,
    CUSTOMER,
    contents,
    done,
    open_ticket,
    refusal,
    respond,
    staff_with,
    ticket_id,
    write,
)
from tests.support.place import Place
from tests.support.users import new_user, token_for, token_of
from tickiti_cli.contract.endpoint import Role

UNKNOWN = 999_999


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("deletion"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def is_deleted(place: Place, number: int) -> bool:
    sql = f"SELECT deleted_at IS NOT NULL FROM ticket WHERE number = {number}"
    return bool(place.value(sql))


def test_a_deleted_ticket_is_gone_from_every_other_route(place: Place) -> None:
    number = open_ticket(place)
    response_id = respond(place, number)
    deleted = done(place, "delete", {"ticket_numbers": [number]})
    row = {
        "id": str(ticket_id(place, number)), "number": number, "subject": "A shoe",
        "status": "open", "queue_name": "Inbox", "originator_email": CUSTOMER,
    }  # fmt: skip
    assert deleted == {"dry_run": False, "count": 1, "tickets": [row]}
    for route, body in (
        ("show", {"ticket_number": number}),
        ("responses", {"ticket_number": number}),
        ("respond", {"ticket_number": number, "from_email": ANNA, "content": "c"}),
        ("close", {"ticket_number": number}),
        ("links", {"ticket_number": number}),
    ):
        assert refusal(place, route, body)[:2] == (404, "ticket_not_found"), route
    assert refusal(place, "response-delete", {"response_id": response_id})[0] == 404
    assert number not in [row["number"] for row in place.every_ticket("number")]
    flat = {"from_email": ANNA, "content": "c"}
    assert place.post(f"/api/tickets/{number}/respond", flat)[0] == 404


def test_a_dry_run_shows_the_same_and_deletes_nothing(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_numbers": [number, number], "dry_run": True}
    shown = done(place, "delete", body)
    assert (shown["dry_run"], shown["count"], is_deleted(place, number)) == (True, 1, False)
    assert done(place, "delete", {**body, "dry_run": False})["tickets"] == shown["tickets"]
    assert is_deleted(place, number)


def test_delete_with_one_unknown_ticket_deletes_none(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_numbers": [number, UNKNOWN]}
    assert refusal(place, "delete", body)[:2] == (404, "ticket_not_found")
    assert not is_deleted(place, number)


def test_a_second_deletion_skips_deleted_tickets(place: Place) -> None:
    first, second = open_ticket(place), open_ticket(place)
    done(place, "delete", {"ticket_numbers": [first]})
    assert done(place, "delete", {"ticket_numbers": [first, second]})["count"] == 1
    assert done(place, "delete", {"ticket_numbers": [first, second]})["count"] == 0


def test_tickets_of_an_originator_are_deleted_by_queue(place: Place) -> None:
    email = "runner@b.example"
    inbox = open_ticket(place, originator_email_address=email)
    sales = open_ticket(place, originator_email_address=email, queue_name="Sales")
    kept = open_ticket(place)
    body = {"originator_email": "RUNNER@b.example", "queue": "sales"}
    assert [row["number"] for row in done(place, "delete", body)["tickets"]] == [sales]
    assert done(place, "delete", {"originator_email": email})["count"] == 1
    assert [is_deleted(place, number) for number in (inbox, sales, kept)] == [True, True, False]
    assert done(place, "delete", {"originator_email": "nobody@b.example"})["count"] == 0


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["ticket_numbers"]),
        ({"ticket_numbers": [1], "originator_email": CUSTOMER}, ["ticket_numbers"]),
        ({"queue": "Inbox"}, ["ticket_numbers", "queue"]),
        ({"ticket_numbers": [1], "queue": "Inbox"}, ["queue"]),
        ({"ticket_numbers": []}, ["ticket_numbers"]),
        ({"ticket_numbers": [*range(1, 1002)]}, ["ticket_numbers"]),
        ({"originator_email": "x"}, ["originator_email"]),
    ],
)
def test_delete_with_bad_selectors_is_refused(
    place: Place, body: dict[str, object], fields: list[str]
) -> None:
    assert refusal(place, "delete", body) == (422, "validation_failed", fields)


def test_delete_in_an_unknown_queue_is_refused(place: Place) -> None:
    body = {"originator_email": CUSTOMER, "queue": "Nowhere"}
    assert refusal(place, "delete", body) == (422, "queue_not_found", ["queue"])


def test_delete_asks_for_can_manage_and_can_delete(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_numbers": [number]}
    for name, rights in (
        ("Bea", {"can_delete": True}), ("Cora", {"can_manage": True}),
    ):  # fmt: skip
        token = staff_with(place, name, **rights)
        assert refusal(place, "delete", body, token=token)[:2] == (403, "queue_right_required")
    assert not is_deleted(place, number)
    token = staff_with(place, "Dora", can_manage=True, can_delete=True)
    assert done(place, "delete", body, token=token)["count"] == 1


def test_delete_of_an_unseen_ticket_is_not_found(place: Place) -> None:
    number = open_ticket(place)
    token = staff_with(place, "Eve", can_view=False)
    assert refusal(place, "delete", {"ticket_numbers": [number]}, token=token)[0] == 404
    assert refusal(place, "restore", {"ticket_number": number}, token=token)[0] == 404
    shown = done(place, "delete", {"originator_email": CUSTOMER, "dry_run": True}, token=token)
    assert number not in [row["number"] for row in shown["tickets"]]


def test_unseen_tickets_do_not_make_a_delete_too_large(place: Place) -> None:
    raised = {"originator_email_address": "many@b.example"}
    seen = open_ticket(place, queue_name="Sales", **raised)
    pattern = open_ticket(place, **raised)
    place.execute(
        "INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,"
        " created_at, updated_at)"
        " WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 10000)"
        " SELECT -n, secure_id, subject, queue_id, originator_id, status, priority,"
        " created_at, updated_at FROM ticket CROSS JOIN more WHERE number = :number",
        {"number": pattern},
    )
    body = {"originator_email": "many@b.example", "dry_run": True}
    assert refusal(place, "delete", body) == (422, "validation_failed", ["originator_email"])
    token = staff_with(place, "Finn", can_view=False)
    shown = done(place, "delete", body, token=token)
    assert [row["number"] for row in shown["tickets"]] == [seen]


def test_a_replayed_delete_answers_the_same(place: Place) -> None:
    number, key = open_ticket(place), str(uuid4())
    replies = [
        place.post("/api/v1/tickets/delete", {"ticket_numbers": [number]}, key) for _ in range(2)
    ]
    assert replies[0][2] == replies[1][2]
    assert replies[1][1]["idempotency-replayed"] == "true"


def test_a_restored_ticket_has_the_responses_deleted_with_it(place: Place) -> None:
    number = open_ticket(place)
    respond(place, number, "Kept.")
    done(place, "response-delete", {"response_id": respond(place, number, "Gone.")})
    done(place, "delete", {"ticket_numbers": [number]})
    assert done(place, "restore", {"ticket_number": number}) == {
        "ticket_number": number, "ticket_id": ticket_id(place, number), "restored": True,
        "responses": 2,
    }  # fmt: skip
    assert contents(place, number) == ["At mile 14.", "Kept."]
    assert done(place, "show", {"ticket_number": number})["ticket"]["status"] == "open"


def test_restoring_an_undeleted_ticket_changes_nothing(place: Place) -> None:
    number = open_ticket(place)
    restored = done(place, "restore", {"ticket_number": number})
    assert (restored["restored"], restored["responses"]) == (False, 0)
    assert refusal(place, "restore", {"ticket_number": UNKNOWN})[:2] == (404, "ticket_not_found")


def test_restore_asks_for_can_manage(place: Place) -> None:
    number = open_ticket(place)
    done(place, "delete", {"ticket_numbers": [number]})
    token = staff_with(place, "Fay")
    body = {"ticket_number": number}
    assert refusal(place, "restore", body, token=token)[:2] == (403, "queue_right_required")
    assert is_deleted(place, number)
    token = staff_with(place, "Gwen", can_manage=True)
    assert done(place, "restore", body, token=token)["restored"]


def test_a_deleted_response_is_gone(place: Place) -> None:
    number = open_ticket(place)
    response_id = respond(place, number, "Gone.")
    assert done(place, "response-delete", {"response_id": response_id}) == {
        "response_id": response_id, "ticket_number": number, "deleted": True,
    }  # fmt: skip
    assert contents(place, number) == ["At mile 14."]
    again = refusal(place, "response-delete", {"response_id": response_id})
    assert again[:2] == (404, "response_not_found")
    assert refusal(place, "response-delete", {"response_id": UNKNOWN})[0] == 404


def test_a_response_is_deleted_by_staff_who_see_it_alone(place: Place) -> None:
    number = open_ticket(place)
    done(place, "participants/add", {"ticket_number": number, "participants": [COACH]})
    response_id = respond(place, number)
    body = {"response_id": response_id}
    token = staff_with(place, "Hanna", can_view=False)
    assert refusal(place, "response-delete", body, token=token)[:2] == (404, "response_not_found")
    customer = token_of(place, "Ida", Role.ANY)
    assert refusal(place, "response-delete", body, token=customer)[0] == 404
    done(place, "participants/add",
         {"ticket_number": number, "participants": ["Ida@sole-trader.example"]})  # fmt: skip
    status, code, _ = refusal(place, "response-delete", body, token=customer)
    assert (status, code) == (403, "queue_right_required")
    token = staff_with(place, "Jana")
    assert done(place, "response-delete", body, token=token)["deleted"]


def test_an_internal_note_does_not_exist_for_a_customer(place: Place) -> None:
    number = open_ticket(place)
    note = respond(place, number, is_internal=True)
    user, email = new_user(place, "Kim")
    done(place, "participants/add", {"ticket_number": number, "participants": [email]})
    token = token_for(place, email)
    place.execute("UPDATE person SET role = 0 WHERE id = :id", {"id": int(user)})
    assert write(place, "response-delete", {"response_id": note}, token=token)[0] == 404
