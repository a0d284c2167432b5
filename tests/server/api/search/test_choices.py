"""The lists of what the attributes of a ticket can be set to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import execute
from tests.support.place import Place
from tests.support.stage import data_of
from tests.support.users import answered, new_user, token_of
from tickiti_cli.contract.endpoint import Role

V1 = "/api/v1/tickets"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("choices"))
    found.start()
    yield found
    found.stop()


def listed(place: Place, noun: str, body: Any = None, token: str | None = None) -> Any:
    return answered(place, f"{V1}/{noun}", body or {}, token)["data"][noun]


def test_queues_lists_the_seen_queues_with_rights(place: Place) -> None:
    everything = listed(place, "queues")
    assert everything[0] == {
        "id": "1", "name": "Inbox", "built_in": True, "track_resolutions": False,
        "is_parked": False, "can_manage": True, "can_delete": True,
    }  # fmt: skip
    token = token_of(place, "Quinn", Role.STAFF)
    assert listed(place, "queues", token=token) == everything
    person = "(SELECT id FROM person WHERE name = 'Quinn')"
    execute(place.database, f"DELETE FROM queue_right WHERE queue_id = 1 AND person_id = {person}")
    execute(
        place.database,
        f"UPDATE queue_right SET can_manage = 0 WHERE queue_id = 2 AND person_id = {person}",
    )
    seen = listed(place, "queues", token=token)
    assert [row["id"] for row in seen] == [row["id"] for row in everything[1:]]
    assert (seen[0]["can_manage"], seen[0]["can_delete"]) == (False, True)


def test_teams_and_staff_name_each_other(place: Place) -> None:
    anna, email = new_user(place, "Anna Bee")
    execute(place.database, "INSERT INTO team (name, name_key) VALUES ('Field', 'field')")
    member_of = "INSERT INTO team_member (team_id, person_id) VALUES (1, :id)"
    execute(place.database, member_of, {"id": int(anna)})
    member = {"id": anna, "name": "Anna Bee", "email": email}
    assert listed(place, "teams") == [
        {"id": "1", "name": "Field", "members": [member], "key": "team:1",
         "members_key": "team-and-members:1"}
    ]  # fmt: skip
    own = {**member, "team_keys": ["team:1"]}
    for part in ("anna b", "BEE@sole"):
        assert listed(place, "staff", {"search": part}) == [own]
    assert own in listed(place, "staff")
    assert "system@localhost" not in [row["email"] for row in listed(place, "staff")]
    assert listed(place, "staff", {"search": "nobody at all"}) == []


def test_choices_of_a_customer_are_empty(place: Place) -> None:
    token = token_of(place, "Carl", Role.ANY)
    assert [listed(place, noun, token=token) for noun in ("queues", "teams", "staff")] == [[]] * 3


def test_resolutions_lists_the_categories_by_position(place: Place) -> None:
    for name, position in (("Refunded", 2), ("Replaced", 1)):
        execute(
            place.database,
            "INSERT INTO resolution_category (name, name_key, colour, position, selectable)"
            " VALUES (:name, lower(:name), '#fff', :position,"
            " CASE WHEN :position = 1 THEN 1 ELSE 0 END)",
            {"name": name, "position": position},
        )
    assert listed(place, "resolutions") == [
        {"id": "2", "name": "Replaced", "colour": "#fff", "selectable": True},
        {"id": "1", "name": "Refunded", "colour": "#fff", "selectable": False},
    ]


def test_resolutions_without_the_plan_are_empty(tmp_path: Any) -> None:
    place = Place(tmp_path)
    place.start("--without-plan", "has_resolution_tracking")
    assert data_of(place, f"{V1}/resolutions", {}) == {"resolutions": []}
    place.stop()


def test_search_modes_lists_each_mode_with_its_rule(place: Place) -> None:
    found = answered(place, f"{V1}/search-modes", {})["data"]
    rules = {row["mode"]: row["match"] for row in found["available_modes"]}
    assert {mode for mode, rule in rules.items() if rule == "all"} == {
        "subject", "content", "subject_content"
    }  # fmt: skip
    assert len(rules) == 16
    assert all(row["matches"].endswith(".") for row in found["available_modes"])
    assert found["combining"].endswith(".")


def test_queues_of_a_later_demo_are_seen_by_the_staff(tmp_path: Any) -> None:
    place = Place(tmp_path)
    where = ("--db", place.location, "--port", "0")
    url = place.tickiti("server", "start", "--detach", *where).stdout.strip()
    place.port = int(url.rpartition(":")[2])
    token = token_of(place, "Early", Role.STAFF)
    assert [row["name"] for row in listed(place, "queues", token=token)] == ["Inbox"]
    place.stop()
    place.start("--demo")
    seen = [row["name"] for row in listed(place, "queues", token=token)]
    assert seen == ["Inbox", "Sales", "Support"]
    place.stop()
