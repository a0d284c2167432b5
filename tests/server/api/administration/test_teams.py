"""Teams over HTTP: made, listed, changed, deleted."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import ANNA, done, open_ticket
from tests.support.place import Place
from tests.support.users import answered, new_user, refused
from tickiti_cli.contract.endpoint import Role

TEAMS = "/api/v1/administration/teams"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("teams"))
    found.start()
    yield found
    found.stop()


def made(place: Place, name: str, **more: Any) -> str:
    reply = answered(place, f"{TEAMS}/create", {"name": name, **more})
    assert reply["ok"] is True
    team_id: str = reply["team_id"]
    return team_id


def listed(place: Place, team_id: str) -> list[dict[str, Any]]:
    return [row for row in answered(place, TEAMS, {})["teams"] if row["id"] == team_id]


def test_new_team_is_listed_with_members_and_keys(place: Place) -> None:
    user, email = new_user(place, "team member")
    team_id = made(place, "Returns", user_ids=[user, int(user)])
    assert listed(place, team_id) == [
        {"id": team_id, "name": "Returns", "key": f"team:{team_id}",
         "members_key": f"team-and-members:{team_id}",
         "members": [{"id": user, "name": "team member", "email": email}]}
    ]  # fmt: skip


def test_team_without_members_can_be_made_and_filled(place: Place) -> None:
    user, _ = new_user(place, "late member")
    team_id = made(place, "Later")
    assert listed(place, team_id)[0]["members"] == []
    answered(place, f"{TEAMS}/update", {"team_id": team_id, "user_ids": [user]})
    answered(place, f"{TEAMS}/update", {"team_id": team_id, "name": "Now"})
    (row,) = listed(place, team_id)
    assert (row["name"], [member["id"] for member in row["members"]]) == ("Now", [user])
    answered(place, f"{TEAMS}/update", {"team_id": team_id, "user_ids": []})
    assert listed(place, team_id)[0]["members"] == []


def test_taken_name_and_members_who_are_not_staff_are_both_named(place: Place) -> None:
    made(place, "Taken")
    other = made(place, "Free")
    customer, _ = new_user(place, "team customer", Role.ANY)
    body = {"name": "tAKEN", "user_ids": [customer, 9999]}
    for path, more in (("create", {}), ("update", {"team_id": other})):
        status, _, raw = place.post(f"{TEAMS}/{path}", {**body, **more})
        assert (status, list(json.loads(raw)["errors"])) == (
            422, ["name", "user_ids.0", "user_ids.1"],
        )  # fmt: skip
    assert listed(place, other)[0]["members"] == []
    answered(place, f"{TEAMS}/update", {"team_id": other, "name": "FREE"})


def test_unknown_team_is_422_for_an_update(place: Place) -> None:
    expected = (422, "validation_failed", "There is no team 9999.")
    assert refused(place, f"{TEAMS}/update", {"team_id": 9999}) == expected


def test_team_with_tickets_that_are_not_closed_is_not_deleted(place: Place) -> None:
    team_id = made(place, "Busy")
    new = {
        "originator_email_address": "marcus@trailblazers-club.example", "is_public": True,
        "data": {"subject": "s", "content": "c"},
    }  # fmt: skip
    status, _, raw = place.post("/api/v1/tickets", new, str(uuid4()))
    assert status == 200, raw
    number = json.loads(raw)["data"]["ticket_number"]
    said = {"ticket_number": number, "from_email": "system@localhost"}
    for more, expected in (
        ({"assigned_to_email": f"team:{team_id}"}, 409),
        ({"status": "closed"}, 200),
    ):
        status, _, raw = place.post("/api/v1/tickets/respond", {**said, **more}, str(uuid4()))
        assert status == 200, raw
        status, _, raw = place.post(f"{TEAMS}/delete", {"team_id": team_id})
        assert status == expected, raw
    assert listed(place, team_id) == []
    assert answered(place, f"{TEAMS}/delete", {"team_id": team_id}) == {"ok": True}


def test_team_of_a_deleted_ticket_that_is_not_closed_is_not_deleted(place: Place) -> None:
    team_id = made(place, "Restored")
    number = open_ticket(place)
    assigned = {"from_email": ANNA, "assigned_to_email": f"team:{team_id}"}
    done(place, "respond", {"ticket_number": number, **assigned})
    done(place, "delete", {"ticket_numbers": [number]})
    status, code, message = refused(place, f"{TEAMS}/delete", {"team_id": team_id})
    assert (status, code) == (409, "conflict")
    assert "Deleted tickets count" in message
    done(place, "restore", {"ticket_number": number})
    shown = done(place, "show", {"ticket_number": number})["ticket"]
    assert shown["assigned_to_email"] == f"team:{team_id}"
