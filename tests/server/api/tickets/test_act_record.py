"""tickets/act records its changes as v1 does, asks for can_manage, and takes hashtags away."""

from collections.abc import Iterator

import pytest

from tests.support.desk import ANNA, changes, done, open_ticket, staff_with
from tests.support.place import Place
from tests.support.users import answered, new_user, refused

ACT = "/_tickiti/tickets/act"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("act"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def test_changes_by_act_are_recorded(place: Place) -> None:
    number = open_ticket(place)
    body = {"ticket_number": number, "close": True, "assign": ANNA, "priority": "high"}
    answered(place, ACT, body)
    recorded = [
        ("status", "open", "closed"), ("priority", 20, 30), ("assigned_to_email", None, ANNA),
    ]  # fmt: skip
    assert changes(place, number) == recorded
    answered(place, ACT, body)
    assert changes(place, number) == recorded
    sql = f"SELECT closed_at IS NOT NULL FROM ticket WHERE number = {number}"
    assert place.value(sql) == 1
    answered(place, ACT, {"ticket_number": number, "reopen": True})
    assert (place.value(sql), changes(place, number)[-1]) == (0, ("status", "closed", "open"))


def test_act_takes_hashtags_away(place: Place) -> None:
    number = open_ticket(place)
    answered(place, ACT, {"ticket_number": number, "hashtags": ["Vip", "Berlin"]})
    body = {"ticket_number": number, "remove_hashtags": ["vip", "none"]}
    assert answered(place, ACT, body)["data"]["hashtags"] == ["Berlin"]
    assert changes(place, number) == []


def test_act_asks_for_can_manage_to_change_attributes(place: Place) -> None:
    number = open_ticket(place)
    token = staff_with(place, "Bea")
    for action in ({"close": True}, {"priority": "low"}, {"assign": ANNA}):
        body = {"ticket_number": number, **action}
        assert refused(place, ACT, body, token)[:2] == (403, "queue_right_required")
    body = {"ticket_number": number, "hashtags": ["vip"]}
    assert answered(place, ACT, body, token)["data"]["hashtags"] == ["vip"]
    hidden = staff_with(place, "Cora", can_view=False)
    assert refused(place, ACT, body, hidden)[:2] == (404, "ticket_not_found")


def test_act_closes_no_ticket_of_a_tracking_queue_without_a_resolution(place: Place) -> None:
    number = open_ticket(place, queue_name="Sales")
    place.execute("UPDATE queue SET track_resolutions = 1 WHERE name = 'Sales'")
    found = refused(place, ACT, {"ticket_number": number, "close": True})
    place.execute("UPDATE queue SET track_resolutions = 0")
    assert found[:2] == (422, "resolution_required")
    assert done(place, "show", {"ticket_number": number})["ticket"]["status"] == "open"
