"""Moving and copying responses, and splitting a ticket."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import (
    ANNA,
    COACH,
    CUSTOMER,
    changes,
    contents,
    done,
    open_ticket,
    refusal,
    respond,
    staff_with,
    ticket_id,
)
from tests.support.place import Place
from tests.support.users import new_user

UNKNOWN = 999_999
PIXEL = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI=">'
MOVES = ("response-move", "response-copy")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("transfer"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def kept_columns(place: Place, response_id: int) -> Any:
    """What a copy keeps of a response."""
    (row,) = place.rows(
        "SELECT author_id, html, text, is_internal, is_pinned, staff_response, created_at,"
        " updated_at, (SELECT min(a.name || a.sha256 || length(a.content)) || count(*)"
        "  FROM attachment a WHERE a.response_id = r.id)"
        f" FROM response r WHERE id = {response_id}"
    )
    return row


@pytest.mark.parametrize("route", MOVES)
def test_responses_come_to_the_end_of_another_ticket_in_order(place: Place, route: str) -> None:
    source, target = open_ticket(place), open_ticket(place)
    first = respond(place, source, f"One. {PIXEL}", is_internal=True)
    second = respond(place, source, "Two.")
    place.execute("UPDATE response SET is_pinned = 1, created_at = 5 WHERE id = :id", {"id": first})
    respond(place, target, "Before.")
    moved = done(
        place, route, {"response_ids": [second, first], "target_ticket_number": target}
    )  # fmt: skip
    assert moved["target_ticket_number"] == target
    pairs = [(row["from_response_id"], row["response_id"]) for row in moved["responses"]]
    assert [before for before, _ in pairs] == [second, first]
    for before, after in pairs:
        assert kept_columns(place, before) == kept_columns(place, after)
    said = contents(place, target)
    assert [text[:4] for text in said] == ["At m", "Befo", "Two.", "One."]
    assert len(contents(place, source)) == (1 if route == "response-move" else 3)
    what = "moved" if route == "response-move" else "copied"
    for number in (source, target):
        assert changes(place, number)[-1] == (what, source, target)


@pytest.mark.parametrize("route", MOVES)
def test_move_with_one_unknown_response_moves_none(place: Place, route: str) -> None:
    source, target = open_ticket(place), open_ticket(place)
    response_id = respond(place, source)
    body = {"response_ids": [response_id, UNKNOWN], "target_ticket_number": target}
    assert refusal(place, route, body)[:2] == (404, "response_not_found")
    body = {"response_ids": [response_id], "target_ticket_number": UNKNOWN}
    assert refusal(place, route, body)[:2] == (404, "ticket_not_found")
    assert (len(contents(place, source)), len(contents(place, target))) == (2, 1)


@pytest.mark.parametrize("route", MOVES)
def test_own_ticket_audit_only_and_bad_lists_are_refused(place: Place, route: str) -> None:
    source, target = open_ticket(place), open_ticket(place)
    response_id = respond(place, source)
    body = {"response_ids": [response_id], "target_ticket_number": source}
    refused = refusal(place, route, body)
    assert refused == (422, "validation_failed", ["target_ticket_number"])
    audit = done(place, "respond", {"ticket_number": source, "from_email": ANNA, "priority": 40})
    for ids in ([audit["response_id"]], [], [*range(1, 502)]):
        body = {"response_ids": ids, "target_ticket_number": target}
        assert refusal(place, route, body) == (422, "validation_failed", ["response_ids"])


def test_a_move_asks_for_can_manage_on_both_queues(place: Place) -> None:
    inbox, sales = open_ticket(place), open_ticket(place, queue_name="Sales")
    token = staff_with(place, "Bea", "Inbox")
    for source, target in ((inbox, sales), (sales, inbox)):
        body = {"response_ids": [respond(place, source)], "target_ticket_number": target}
        refused = refusal(place, "response-move", body, token=token)
        assert refused[:2] == (403, "queue_right_required")
    assert (len(contents(place, inbox)), len(contents(place, sales))) == (2, 2)


def test_a_copy_asks_for_can_manage_on_the_target_alone(place: Place) -> None:
    inbox, sales = open_ticket(place), open_ticket(place, queue_name="Sales")
    token = staff_with(place, "Cora", "Inbox")
    body = {"response_ids": [respond(place, sales)], "target_ticket_number": inbox}
    assert refusal(place, "response-copy", body, token=token)[0] == 403
    body = {"response_ids": [respond(place, inbox)], "target_ticket_number": sales}
    assert done(place, "response-copy", body, token=token)["responses"]


def test_a_replayed_move_moves_once(place: Place) -> None:
    source, target, key = open_ticket(place), open_ticket(place), str(uuid4())
    body = {"response_ids": [respond(place, source)], "target_ticket_number": target}
    replies = [place.post("/api/v1/tickets/response-move", body, key) for _ in range(2)]
    assert (replies[0][0], replies[0][2]) == (replies[1][0], replies[1][2])
    assert len(contents(place, target)) == 2


def split_row(place: Place, number: int) -> Any:
    (row,) = place.rows(
        "SELECT t.subject, t.status, t.priority, q.name, o.email, a.email FROM ticket t"
        " JOIN queue q ON q.id = t.queue_id JOIN person o ON o.id = t.originator_id"
        f" LEFT JOIN person a ON a.id = t.assigned_to WHERE t.number = {number}"
    )
    return row


@pytest.mark.parametrize("is_copy", [False, True])
def test_a_split_moves_responses_to_a_new_open_ticket(place: Place, is_copy: bool) -> None:
    source = open_ticket(place)
    response_id = respond(
        place, source, "The other.", priority="high", assigned_to_email=ANNA,
        add_participants=[COACH], status="on-hold", on_hold_until="2999-01-01",
    )  # fmt: skip
    body = {"response_ids": [response_id], "subject": "Two", "queue": "sales", "copy": is_copy}
    made = done(place, "split", body)
    number = made["ticket_number"]
    assert made["ticket_id"] == ticket_id(place, number)
    assert (made["queue"], made["source_ticket_number"]) == ("Sales", source)
    assert len(made["secure_id"]) == 32
    assert split_row(place, number) == ("Two", "open", 30, "Sales", CUSTOMER, ANNA)
    shown = done(place, "participants/add", {"ticket_number": number, "participants": [COACH]})
    assert {row["email"] for row in shown["participants"]} == {CUSTOMER, COACH, ANNA}
    assert shown["response_id"] is None
    assert contents(place, number) == ["The other."]
    assert contents(place, source) == ["At mile 14.", *(["The other."] if is_copy else [])]
    for each in (source, number):
        assert changes(place, each)[-1] == ("split", source, number)
    (link,) = done(place, "links", {"ticket_number": source})["linked_tickets"]
    assert (link["number"], link["is_clone"]) == (number, True)
    unlink = {"ticket_number": number, "linked_ticket_number": source}
    assert refusal(place, "unlink", unlink)[:2] == (422, "clone_link")


def test_a_split_stays_in_the_queue_of_its_source(place: Place) -> None:
    source = open_ticket(place, queue_name="Sales")
    body = {"response_ids": [respond(place, source)], "subject": "Two"}
    assert done(place, "split", body)["queue"] == "Sales"


def test_a_split_that_leaves_nothing_or_takes_from_two_is_refused(place: Place) -> None:
    source = open_ticket(place)
    first = int(
        place.value(f"SELECT id FROM response WHERE ticket_id = {ticket_id(place, source)}")
    )
    body = {"response_ids": [first], "subject": "Two"}
    assert refusal(place, "split", body) == (422, "validation_failed", ["response_ids"])
    both = {**body, "response_ids": [respond(place, source), respond(place, open_ticket(place))]}
    assert refusal(place, "split", both) == (422, "validation_failed", ["response_ids"])
    unknown = {**body, "response_ids": [first, UNKNOWN]}
    assert refusal(place, "split", unknown)[:2] == (404, "response_not_found")
    nowhere = {**both, "response_ids": [first], "queue": "Nowhere"}
    assert refusal(place, "split", nowhere) == (422, "queue_not_found", ["queue"])
    assert refusal(place, "split", {}) == (422, "validation_failed", ["response_ids", "subject"])
    assert done(place, "split", {**body, "copy": True})["responses"]


def test_a_split_asks_for_can_manage(place: Place) -> None:
    token = staff_with(place, "Dora")
    body = {"response_ids": [respond(place, open_ticket(place))], "subject": "Three"}
    assert refusal(place, "split", body, token=token)[:2] == (403, "queue_right_required")
    assert place.rows("SELECT id FROM ticket WHERE subject = 'Three'") == []
