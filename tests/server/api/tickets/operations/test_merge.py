"""Merging two tickets, and giving a ticket another originator."""

from collections.abc import Iterator
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
    write,
)
from tests.support.place import Place
from tests.support.users import answered, new_user

UNKNOWN = 999_999
RUNNER = "runner@b.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("merge"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def people(place: Place, number: int) -> set[str]:
    body = {"ticket_number": number, "participants": [CUSTOMER]}
    return {row["email"] for row in done(place, "participants/add", body)["participants"]}


@pytest.mark.parametrize("is_older_first", [True, False])
def test_the_older_ticket_survives_and_takes_everything(place: Place, is_older_first: bool) -> None:
    older = open_ticket(place, "Older")
    newer = open_ticket(place, "Newer", originator_email_address=RUNNER)
    third = open_ticket(place)
    respond(place, newer, "Mine.", is_internal=True, add_participants=[COACH])
    done(place, "link", {"ticket_number": newer, "linked_ticket_numbers": [third, older]})
    answered(place, "/_tickiti/tickets/act", {"ticket_number": newer, "hashtags": ["vip"]})
    pair = (older, newer) if is_older_first else (newer, older)
    merged = done(place, "merge", {"ticket_number": pair[0], "other_ticket_number": pair[1]})
    assert merged == {
        "ticket_number": older, "ticket_id": ticket_id(place, older),
        "merged_ticket_number": newer, "responses": 2, "participants": 3, "reopened": False,
    }  # fmt: skip
    assert contents(place, older) == ["At mile 14.", "At mile 14.", "Mine."]
    assert people(place, older) == {CUSTOMER, RUNNER, COACH, ANNA}
    links = done(place, "links", {"ticket_number": older})["linked_tickets"]
    assert [link["number"] for link in links] == [third]
    tag = f"SELECT tag FROM hashtag WHERE ticket_id = {ticket_id(place, older)}"
    assert place.rows(tag) == [("vip",)]
    assert changes(place, older)[-1] == ("merged", newer, older)
    last = f"SELECT audit FROM response WHERE ticket_id = {ticket_id(place, older)} ORDER BY id"
    assert '"merged"' in place.rows(last)[-1][0]


def test_a_merged_ticket_names_its_survivor(place: Place) -> None:
    first, second, third = (open_ticket(place) for _ in range(3))
    done(place, "merge", {"ticket_number": third, "other_ticket_number": second})
    done(place, "merge", {"ticket_number": second, "other_ticket_number": first})
    for number in (second, third):
        status, reply = write(place, "show", {"ticket_number": number})
        assert (status, reply["code"]) == (404, "ticket_not_found")
        assert str(first) in reply["message"]


def test_a_survivor_on_hold_reopens_and_a_closed_one_stays_closed(place: Place) -> None:
    for members, status, is_reopened in (
        ({"on_hold_until": "2999-01-01"}, "open", True), ({"status": "closed"}, "closed", False),
    ):  # fmt: skip
        older, newer = open_ticket(place), open_ticket(place)
        respond(place, older, **members)
        merged = done(place, "merge", {"ticket_number": older, "other_ticket_number": newer})
        sql = f"SELECT status, on_hold_until FROM ticket WHERE number = {older}"
        assert (merged["reopened"], place.rows(sql)) == (is_reopened, [(status, None)])


def test_restored_merged_ticket_is_whole_and_the_survivor_keeps_its_copies(place: Place) -> None:
    older, newer = open_ticket(place), open_ticket(place)
    done(place, "merge", {"ticket_number": older, "other_ticket_number": newer})
    assert done(place, "restore", {"ticket_number": newer})["responses"] == 1
    assert contents(place, newer) == ["At mile 14."]
    assert contents(place, older) == ["At mile 14.", "At mile 14."]
    assert done(place, "show", {"ticket_number": newer})["ticket"]["number"] == newer


def test_merge_of_one_or_an_unknown_ticket_is_refused(place: Place) -> None:
    number = open_ticket(place)
    same = {"ticket_number": number, "other_ticket_number": str(number)}
    assert refusal(place, "merge", same) == (422, "validation_failed", ["other_ticket_number"])
    for pair in ((number, UNKNOWN), (UNKNOWN, number)):
        body = dict(zip(("ticket_number", "other_ticket_number"), pair, strict=True))
        assert refusal(place, "merge", body)[:2] == (404, "ticket_not_found")
    fields = ["ticket_number", "other_ticket_number"]
    assert refusal(place, "merge", {}) == (422, "validation_failed", fields)


def test_merge_asks_for_can_manage_on_both_queues(place: Place) -> None:
    inbox, sales = open_ticket(place), open_ticket(place, queue_name="Sales")
    body = {"ticket_number": inbox, "other_ticket_number": sales}
    for name, queue in (("Bea", "Inbox"), ("Cora", "Sales")):
        token = staff_with(place, name, queue)
        assert refusal(place, "merge", body, token=token)[:2] == (403, "queue_right_required")
    assert len(contents(place, inbox)) == 1


def test_a_replayed_merge_merges_once(place: Place) -> None:
    older, newer, key = open_ticket(place), open_ticket(place), str(uuid4())
    body = {"ticket_number": older, "other_ticket_number": newer}
    replies = [place.post("/api/v1/tickets/merge", body, key) for _ in range(2)]
    assert (replies[0][0], replies[0][2]) == (200, replies[1][2])
    assert len(contents(place, older)) == 2


def test_a_new_originator_joins_and_the_old_one_stays(place: Place) -> None:
    number = open_ticket(place)
    done(place, "participants/add", {"ticket_number": number, "participants": [COACH]})
    body = {"ticket_id": ticket_id(place, number), "originator_email": COACH.upper()}
    changed = done(place, "originator-update", body)
    assert (changed["ticket_number"], changed["originator_email"]) == (number, COACH)
    assert changes(place, number)[-1] == ("originator", CUSTOMER, COACH)
    listed = done(place, "participants/add", {"ticket_number": number, "participants": [ANNA]})
    assert len(listed["participants"]) == 3
    assert listed["participants"][0]["email"] == COACH


def test_the_same_originator_again_records_nothing(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_number": number, "originator_email": CUSTOMER}
    assert done(place, "originator-update", body)["response_id"] is None
    assert changes(place, number) == []


def test_an_unknown_originator_becomes_a_customer(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_number": number, "originator_email": "new@b.example"}
    assert done(place, "originator-update", body)["originator_email"] == "new@b.example"
    assert place.value("SELECT role FROM person WHERE email = 'new@b.example'") == 0


def test_originator_update_is_refused_without_right_ticket_or_address(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_number": number, "originator_email": COACH}
    token = staff_with(place, "Dora")
    refused = refusal(place, "originator-update", body, token=token)
    assert refused[:2] == (403, "queue_right_required")
    unknown = {**body, "ticket_number": UNKNOWN}
    assert refusal(place, "originator-update", unknown)[:2] == (404, "ticket_not_found")
    bad = {**body, "originator_email": "x"}
    assert refusal(place, "originator-update", bad)[2] == ["originator_email"]
    both = {**body, "ticket_id": 1}
    assert refusal(place, "originator-update", both)[0] == 422
