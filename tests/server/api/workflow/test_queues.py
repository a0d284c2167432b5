"""Queues under v1 are created, renamed, emptied and deleted, and never lost with their tickets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import databases
from tests.support.place import Place, ticket

V1 = "/api/v1/workflow/queues"
INDEX = "/api/tickiti_api_index"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("queues"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any) -> tuple[int, str, Any]:
    """Status, code, and the bad fields, or the sentence where there are none."""
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    return status, reply["code"], reply.get("errors", reply["message"])


def made(place: Place, **more: Any) -> dict[str, Any]:
    """A new queue, as the list has it."""
    name = f"Q {uuid4().hex}"
    reply = answered(place, f"{V1}/create", {"name": name, **more})
    assert reply == {"ok": True, "queue_id": reply["queue_id"]}
    return listed(place)[name]


def listed(place: Place) -> dict[str, Any]:
    return {row["name"]: row for row in answered(place, V1, {})["queues"]}


def opened_in(place: Place, queue: str) -> int:
    body = {**ticket("A shoe"), "queue_name": queue}
    number: int = answered(place, "/api/create_ticket", body)["data"]["ticket_number"]
    return number


def numbers_in(place: Place, queue: str) -> list[int]:
    body = {"search_object": {"criteria": [{"mode": "queue", "tokens": [queue]}]}}
    return [row["number"] for row in answered(place, INDEX, body)["data"]["tickets"]]


def test_new_queue_is_listed_and_takes_tickets(place: Place) -> None:
    row = made(place)
    assert row == {
        "id": row["id"], "name": row["name"], "ticket_count": 0, "outgoing_mailbox_id": None,
        "built_in": False, "track_resolutions": False, "is_parked": False,
        "release_queue_id": None, "content_type": None,
    }  # fmt: skip
    number = opened_in(place, row["name"])
    assert numbers_in(place, row["name"].upper()) == [number]
    assert listed(place)[row["name"]] == {**row, "ticket_count": 1}
    assert listed(place)["Inbox"]["built_in"] is True


def test_queue_name_is_unique_in_any_case(place: Place) -> None:
    row, other = made(place), made(place)
    taken = {"name": [f"Queue '{row['name']}' already exists."]}
    name = row["name"].upper()
    assert refused(place, f"{V1}/create", {"name": name}) == (422, "validation_failed", taken)
    update = {"queue_id": other["id"], "name": name}
    assert refused(place, f"{V1}/update", update) == (422, "validation_failed", taken)
    itself = {"queue_id": row["id"], "name": name}
    assert answered(place, f"{V1}/update", itself) == {"ok": True}
    assert listed(place)[name]["id"] == row["id"]


def test_update_changes_named_members_and_null_clears_the_mailbox(place: Place) -> None:
    row = made(place, outgoing_mailbox_id="1")
    assert row["outgoing_mailbox_id"] == "1"
    name = f"{row['name']} b"
    assert answered(place, f"{V1}/update", {"queue_id": row["id"], "name": name}) == {"ok": True}
    assert listed(place)[name] == {**row, "name": name}
    gone = {"queue_id": row["id"], "outgoing_mailbox_id": None}
    assert answered(place, f"{V1}/update", gone) == {"ok": True}
    assert listed(place)[name] == {**row, "name": name, "outgoing_mailbox_id": None}


def test_unknown_queue_and_mailbox_are_named(place: Place) -> None:
    row = made(place)
    mailbox = {"outgoing_mailbox_id": ["Mailbox '77' not found."]}
    for path, body in (("create", {"name": "new"}), ("update", {"queue_id": row["id"]})):
        asked = {**body, "outgoing_mailbox_id": 77}
        assert refused(place, f"{V1}/{path}", asked) == (422, "mailbox_not_found", mailbox)
    assert "new" not in listed(place)
    for path, field, more in (
        ("update", "queue_id", {"name": "new"}),
        ("move", "from_queue_id", {"to_queue_id": row["id"]}),
        ("move", "to_queue_id", {"from_queue_id": row["id"]}),
    ):
        expected = (422, "queue_not_found", {field: ["Queue '9999' not found."]})
        assert refused(place, f"{V1}/{path}", {field: 9999, **more}) == expected


def test_queue_settings_are_kept_and_null_clears_ids(place: Place) -> None:
    other = made(place)
    given = {
        "track_resolutions": True, "is_parked": True, "release_queue_id": other["id"],
        "content_type": "text/html",
    }  # fmt: skip
    row = made(place, **given)
    assert row.items() >= given.items()
    changes = {"track_resolutions": False, "is_parked": False}
    cleared = {"release_queue_id": None, "content_type": ""}
    changed = {"queue_id": row["id"], **changes, **cleared}
    assert answered(place, f"{V1}/update", changed) == {"ok": True}
    expected = {**row, **changes, **dict.fromkeys(cleared)}
    assert listed(place)[row["name"]] == expected
    for path, named in (("create", {"name": "new"}), ("update", {"queue_id": row["id"]})):
        asked = {**named, "release_queue_id": 9999}
        unknown = {"release_queue_id": ["Queue '9999' not found."]}
        assert refused(place, f"{V1}/{path}", asked) == (422, "queue_not_found", unknown)
    assert listed(place)[row["name"]] == expected


def test_queue_move_to_itself_is_refused(place: Place) -> None:
    row = made(place)
    between = {"from_queue_id": row["id"], "to_queue_id": row["id"]}
    problem = {"to_queue_id": ["The to_queue_id field must be another queue."]}
    assert refused(place, f"{V1}/move", between) == (422, "validation_failed", problem)


def test_deleted_ticket_keeps_its_queue_and_moves_with_it(place: Place) -> None:
    row, other = made(place), made(place)
    number = opened_in(place, row["name"])
    answered(place, "/api/v1/tickets/delete", {"ticket_numbers": [number]})
    assert listed(place)[row["name"]]["ticket_count"] == 0
    assert refused(place, f"{V1}/delete", {"queue_id": row["id"]})[:2] == (409, "conflict")
    between = {"from_queue_id": row["id"], "to_queue_id": other["id"]}
    assert answered(place, f"{V1}/move", between) == {"ok": True}
    assert answered(place, f"{V1}/delete", {"queue_id": row["id"]}) == {"ok": True}
    answered(place, "/api/v1/tickets/restore", {"ticket_number": number})
    assert numbers_in(place, other["name"]) == [number]


def test_new_queue_rights_follow_the_permissions_model(place: Place) -> None:
    users = "/api/v1/administration/users"
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    new = {"name": "Erin", "email": f"erin{uuid4().hex}@b.example", **flags}
    person = answered(place, f"{users}/create", new)["user_id"]
    find = "SELECT can_view + can_manage + can_delete FROM queue_right WHERE "
    model = "INSERT INTO setting (name, value) VALUES ('permissions_model', 'restrictive')"
    permissive = made(place)
    place.execute(model)
    try:
        restrictive = made(place)
    finally:
        place.execute("DELETE FROM setting WHERE name = 'permissions_model'")
    for row, rights in ((permissive, [(3,)]), (restrictive, [])):
        which = f"person_id = {person} AND queue_id = {row['id']}"
        assert databases.rows(place.database, f"{find}{which}") == rights


def test_queue_of_an_intervention_is_not_deleted(place: Place) -> None:
    row = made(place)
    name = f"asks_{row['id']}"
    new = {"name": name, "title": "Asks", "queue_name": row["name"]}
    assert place.post("/api/v1/workflow/interventions/create", new)[0] == 200
    sentence = (
        f"The tickets of intervention '{name}' go to queue '{row['name']}'; "
        "give it another one first."
    )
    asked = {"queue_id": row["id"]}
    assert refused(place, f"{V1}/delete", asked) == (409, "conflict", sentence)
    interventions = json.loads(place.post("/api/v1/workflow/interventions", {})[2])
    (found,) = [one for one in interventions["interventions"] if one["name"] == name]
    moved = {"intervention_id": found["id"], "queue_name": "Inbox"}
    assert place.post("/api/v1/workflow/interventions/update", moved)[0] == 200
    assert place.post(f"{V1}/delete", asked)[0] == 200


def test_queue_with_tickets_is_not_deleted(place: Place) -> None:
    row, other = made(place), made(place)
    number = opened_in(place, row["name"])
    sentence = f"Queue '{row['name']}' still has 1 ticket; move them to another one first."
    found = refused(place, f"{V1}/delete", {"queue_id": row["id"]})
    assert found == (409, "conflict", sentence)
    before = answered(place, INDEX, {})["data"]["tickets"]
    between = {"from_queue_id": row["id"], "to_queue_id": other["id"]}
    assert answered(place, f"{V1}/move", between) == {"ok": True}
    assert numbers_in(place, other["name"]) == [number]
    after = answered(place, INDEX, {})["data"]["tickets"]
    assert [ticket["updated_at"] for ticket in after] == [old["updated_at"] for old in before]
    for _ in range(2):
        assert answered(place, f"{V1}/delete", {"queue_id": row["id"]}) == {"ok": True}
    assert row["name"] not in listed(place)


def test_id_of_a_deleted_queue_is_never_given_again(place: Place) -> None:
    row, other = made(place), made(place)
    answered(place, f"{V1}/update", {"queue_id": row["id"], "release_queue_id": other["id"]})
    answered(place, f"{V1}/delete", {"queue_id": other["id"]})
    new = made(place)
    answered(place, f"{V1}/delete", {"queue_id": other["id"]})  # as a script repeats it
    assert listed(place)[new["name"]] == new
    assert listed(place)[row["name"]] == row


def test_built_in_queue_is_neither_renamed_nor_deleted(place: Place) -> None:
    inbox = listed(place)["Inbox"]
    found = refused(place, f"{V1}/delete", {"queue_id": inbox["id"]})
    stays = {"queue_id": ["The queue 'Inbox' is built in and stays."]}
    assert found == (422, "validation_failed", stays)
    found = refused(place, f"{V1}/update", {"queue_id": inbox["id"], "name": "inbox"})
    keeps = {"name": ["The queue 'Inbox' is built in and keeps its name."]}
    assert found == (422, "validation_failed", keeps)
    mailbox = {"queue_id": inbox["id"], "name": "Inbox", "outgoing_mailbox_id": 1}
    assert answered(place, f"{V1}/update", mailbox) == {"ok": True}


def test_queue_survives_a_restart(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    row = made(place)
    place.stop()
    place.start()
    try:
        assert listed(place)[row["name"]] == row
    finally:
        place.stop()
