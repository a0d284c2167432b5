"""Answering under v1: attributes, participants, their record, and what reopens a ticket."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.users import new_user, token_for
from tickiti_cli.contract.endpoint import Role

RESPOND, CLOSE = "/api/v1/tickets/respond", "/api/v1/tickets/close"
ADD, REMOVE = "/api/v1/tickets/participants/add", "/api/v1/tickets/participants/remove"
CUSTOMER, COACH = "marcus@trailblazers-club.example", "coach@trailblazers-club.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("respond"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


ANNA = "Anna@sole-trader.example"


def sent(place: Place, path: str, body: Any, **more: Any) -> tuple[int, Any]:
    status, _, raw = place.post(path, body, str(uuid4()), **more)
    return status, json.loads(raw)


def opened(place: Place) -> int:
    status, reply = sent(place, "/api/v1/tickets", ticket("A shoe"))
    assert status == 200
    return int(reply["data"]["ticket_number"])


def responded(place: Place, number: int, **members: Any) -> Any:
    status, reply = sent(place, RESPOND, {"ticket_number": number, "from_email": ANNA, **members})
    assert status == 200, reply
    return reply["data"]


def ticket_row(place: Place, number: int) -> dict[str, Any]:
    """The stored attributes of a ticket, with names in the place of ids."""
    sql = (
        "SELECT t.status, t.on_hold_until, t.priority, t.subject, q.name AS queue, p.email,"
        " t.team_id, t.resolution_id, t.closed_at IS NOT NULL AS is_closed"
        f" FROM ticket t JOIN queue q ON q.id = t.queue_id"
        f" LEFT JOIN person p ON p.id = t.assigned_to WHERE t.number = {number}"
    )
    names = ("status", "on_hold_until", "priority", "subject", "queue", "email", "team_id")
    (row,) = place.rows(sql)
    return dict(zip((*names, "resolution_id", "is_closed"), row, strict=True))


def audit_of(place: Place, response_id: int) -> list[dict[str, Any]]:
    entries = json.loads(place.value(f"SELECT audit FROM response WHERE id = {response_id}"))
    return [{name: entry[name] for name in ("what", "from", "to", "by")} for entry in entries]


@pytest.mark.parametrize("path", [RESPOND, "/api/ticket_respond"])
def test_an_internal_note_neither_reopens_nor_ends_a_hold(place: Place, path: str) -> None:
    number = opened(place)
    responded(place, number, on_hold_until="2999-01-01")
    note = {"ticket_number": number, "from_email": ANNA, "content": "n", "is_internal": True}
    status, reply = sent(place, path, note)
    assert (status, reply["data"]["reopened"]) == (200, False)
    row = ticket_row(place, number)
    assert (row["status"], row["on_hold_until"]) == ("on-hold", "2999-01-01")


def test_a_flat_internal_note_leaves_a_closed_ticket_closed(place: Place) -> None:
    number = opened(place)
    responded(place, number, status="closed")
    note = {"from_email": ANNA, "content": "n", "is_internal": True}
    assert sent(place, f"/api/tickets/{number}/respond", note)[0] == 200
    assert ticket_row(place, number)["status"] == "closed"


def test_a_public_response_reopens_unless_the_status_is_kept_or_given(place: Place) -> None:
    number = opened(place)
    for more, expected in (
        ({"status": "closed"}, ("closed", False)),
        ({"content": "a", "keep_status": True}, ("closed", False)),
        ({"content": "a"}, ("open", True)),
        ({"content": "a", "status": "closed"}, ("closed", False)),
    ):
        done = responded(place, number, **more)
        row = ticket_row(place, number)
        assert (row["status"], done["reopened"]) == expected, more
        assert row["is_closed"] == (row["status"] == "closed")


def test_a_date_alone_puts_a_ticket_on_hold(place: Place) -> None:
    number = opened(place)
    done = responded(place, number, on_hold_until="2999-01-01")
    assert audit_of(place, done["response_id"]) == [
        {"what": "status", "from": "open", "to": "on-hold", "by": ANNA},
        {"what": "on_hold_until", "from": None, "to": "2999-01-01", "by": ANNA},
    ]


def test_attributes_and_content_are_changed_together_and_recorded(place: Place) -> None:
    number = opened(place)
    done = responded(
        place, number, content="Mine.", priority="urgent", queue="sales", subject="Two shoes",
        assigned_to_email=ANNA, add_participants=[COACH],
    )  # fmt: skip
    row = ticket_row(place, number)
    assert (row["priority"], row["queue"], row["subject"], row["email"]) == (
        40, "Sales", "Two shoes", ANNA,
    )  # fmt: skip
    entries = audit_of(place, done["response_id"])
    assert [(entry["what"], entry["from"], entry["to"]) for entry in entries] == [
        ("queue", "Inbox", "Sales"),
        ("priority", 20, 40),
        ("subject", "A shoe", "Two shoes"),
        ("assigned_to_email", None, ANNA),
        ("participant_added", None, COACH),
    ]
    sql = f"SELECT html, is_audit_only FROM response WHERE id = {done['response_id']}"
    assert place.rows(sql) == [("Mine.", 0)]


def test_a_change_without_content_is_an_audit_only_response(place: Place) -> None:
    number = opened(place)
    done = responded(place, number, priority=30)
    sql = f"SELECT is_audit_only, is_internal FROM response WHERE id = {done['response_id']}"
    assert place.rows(sql) == [(1, 1)]
    assert responded(place, number, priority=30)["response_id"] is None


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({}, "validation_failed", "content"),
        ({"content": "a", "html": "<p>"}, "validation_failed", "html"),
        ({"content": "a", "body": "b"}, "validation_failed", "body"),
        ({"content": "a", "message": "b"}, "validation_failed", "message"),
        ({"status": "on-hold"}, "validation_failed", "on_hold_until"),
        ({"status": "closed", "on_hold_until": "2999-01-01"}, "validation_failed", "on_hold_until"),
        ({"on_hold_until": "2000-01-01"}, "validation_failed", "on_hold_until"),
        ({"queue": "Nope"}, "queue_not_found", "queue"),
        ({"assigned_to_email": "x@y.example"}, "assignee_not_found", "assigned_to_email"),
        ({"assigned_to_email": "team:999"}, "assignee_not_found", "assigned_to_email"),
        ({"assigned_to_email": f"team:{2**63}"}, "assignee_not_found", "assigned_to_email"),
        ({"resolved": "Nope"}, "resolution_not_found", "resolved"),
        ({"priority": "huge"}, "validation_failed", "priority"),
        ({"remove_participants": [CUSTOMER]}, "validation_failed", "remove_participants"),
        ({"add_participants": ["nobody"]}, "validation_failed", "add_participants.0"),
    ],
)  # fmt: skip
def test_a_bad_change_is_refused_and_nothing_is_stored(
    place: Place, members: dict[str, Any], code: str, field: str
) -> None:
    number = opened(place)
    before = place.value("SELECT count(*) FROM response")
    body = {"ticket_number": number, "from_email": ANNA, "priority": 40, **members}
    if not members:
        del body["priority"]
    status, reply = sent(place, RESPOND, body)
    assert (status, reply["code"], list(reply["errors"])) == (422, code, [field])
    assert ticket_row(place, number)["priority"] == 20
    assert place.value("SELECT count(*) FROM response") == before


def test_unknown_members_come_back_in_ignored_params(place: Place) -> None:
    number = opened(place)
    done = responded(place, number, content="a", colour="red", mood=1)
    assert done["ignored_params"] == ["colour", "mood"]
    assert "ignored_params" not in responded(place, number, content="a")


def test_a_ticket_is_named_by_exactly_one_of_number_and_id(place: Place) -> None:
    number = opened(place)
    ticket_id = place.value(f"SELECT id FROM ticket WHERE number = {number}")
    body = {"from_email": ANNA, "content": "a"}
    assert sent(place, RESPOND, {**body, "ticket_id": ticket_id})[0] == 200
    for ref in ({}, {"ticket_number": number, "ticket_id": ticket_id}):
        status, reply = sent(place, RESPOND, {**body, **ref})
        assert (status, list(reply["errors"])) == (422, ["ticket_id"])


def test_close_closes_once_and_records_it(place: Place) -> None:
    number = opened(place)
    status, reply = sent(place, CLOSE, {"ticket_number": number, "content": "Done."})
    assert status == 200
    assert audit_of(place, reply["data"]["response_id"])[0]["to"] == "closed"
    status, reply = sent(place, CLOSE, {"ticket_number": number})
    assert (status, reply["data"]["response_id"]) == (200, None)


def test_a_tracking_queue_asks_for_a_resolution_to_close(place: Place) -> None:
    place.execute("UPDATE queue SET track_resolutions = 1 WHERE name = 'Support'")
    place.execute(
        "INSERT INTO resolution_category (name, name_key, colour, position)"
        " VALUES ('Refunded', 'refunded', '#00ff00', 1)"
    )
    number = opened(place)
    responded(place, number, queue="Support")
    for path, body in ((CLOSE, {}), (RESPOND, {"status": "closed", "from_email": ANNA})):
        status, reply = sent(place, path, {"ticket_number": number, **body})
        assert (status, reply["code"]) == (422, "resolution_required")
    assert sent(place, CLOSE, {"ticket_number": number, "resolved": "refunded"})[0] == 200
    assert ticket_row(place, number)["resolution_id"] is not None
    category = str(ticket_row(place, number)["resolution_id"])
    done = responded(place, number, status="open")
    assert ticket_row(place, number)["resolution_id"] is None
    taken = [(one["what"], one["from"], one["to"]) for one in audit_of(place, done["response_id"])]
    assert taken == [("status", "closed", "open"), ("resolved", category, None)]


def test_participants_are_added_and_removed_with_a_record(place: Place) -> None:
    number = opened(place)
    body = {"ticket_number": number, "participants": [COACH]}
    status, reply = sent(place, ADD, body)
    assert status == 200
    assert [person["email"] for person in reply["data"]["participants"]] == [CUSTOMER, COACH]
    assert sent(place, ADD, body)[1]["data"]["response_id"] is None
    status, reply = sent(place, REMOVE, body)
    assert [person["email"] for person in reply["data"]["participants"]] == [CUSTOMER]
    refused = sent(place, REMOVE, {**body, "participants": [CUSTOMER]})
    assert (refused[0], list(refused[1]["errors"])) == (422, ["participants"])


def test_attributes_ask_for_can_manage_and_answers_do_not(place: Place) -> None:
    _, email = new_user(place, "Ben", Role.STAFF)
    token = token_for(place, email)
    ben = place.value(f"SELECT id FROM person WHERE email = '{email}'")
    place.execute(
        f"INSERT INTO queue_right (person_id, queue_id, can_view) VALUES ({ben}, 1, 1)"
        " ON CONFLICT (person_id, queue_id) DO UPDATE SET can_view = 1, can_manage = 0"
    )
    number = opened(place)
    responded(place, number, status="closed")
    body = {"ticket_number": number, "from_email": email}
    status, reply = sent(place, RESPOND, {**body, "priority": 40}, token=token)
    assert (status, reply["code"]) == (403, "queue_right_required")
    answer = sent(place, RESPOND, {**body, "content": "a"}, token=token)
    assert (answer[0], answer[1]["data"]["reopened"]) == (200, True)
    place.execute(f"UPDATE queue_right SET can_view = 0 WHERE person_id = {ben}")
    for path in (RESPOND, "/api/ticket_respond"):
        status, reply = sent(place, path, {**body, "content": "a"}, token=token)
        assert (status, reply["code"]) == (404, "ticket_not_found")


def mails_of(place: Place, number: int) -> list[str]:
    sql = f"SELECT target FROM outbox WHERE subject LIKE '[#{number}]%' ORDER BY target"
    return [target for (target,) in place.rows(sql)]


def test_a_full_email_goes_to_each_participant_who_is_not_staff(place: Place) -> None:
    number = opened(place)
    responded(place, number, content="<p>Soon.</p>", send_full_email=True, add_participants=[COACH])
    assert mails_of(place, number) == [COACH, CUSTOMER]
    sql = f"SELECT payload FROM outbox WHERE subject LIKE '[#{number}]%'"
    assert b"<p>Soon.</p>" in place.value(sql)


def test_no_mail_without_send_full_email_or_of_an_internal_note(place: Place) -> None:
    number = opened(place)
    responded(place, number, content="Soon.")
    responded(place, number, content="Soon.", send_full_email=True, is_internal=True)
    responded(place, number, priority=40, send_full_email=True)
    assert mails_of(place, number) == []


def test_a_replayed_response_is_mailed_once(place: Place) -> None:
    number, key = opened(place), str(uuid4())
    body = {"ticket_number": number, "from_email": ANNA, "content": "a", "send_full_email": True}
    assert [place.post(RESPOND, body, key)[0] for _ in range(2)] == [200, 200]
    assert mails_of(place, number) == [CUSTOMER]
