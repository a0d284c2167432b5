"""Escalation rules and business hours are validated, kept durably and shown again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.place import Place
from tests.support.stage import answer

V1 = "/api/v1/workflow/escalations"
HOURS = "/api/v1/workflow/business-hours/update"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    found.start()
    yield found
    found.stop()


def refused(place: Place, path: str, body: Any) -> tuple[int, list[str]]:
    status, _, raw = place.post(path, body)
    return status, [*json.loads(raw)["errors"]]


def test_escalation_is_kept_changed_and_deleted(place: Place) -> None:
    late = answer(place, f"{V1}/create", {"minutes": 480, "action": "notify"})["id"]
    new = {
        "minutes": "60", "action": "email", "email": "anna@sole-trader.example",
        "repeat_minutes": 30,
    }  # fmt: skip
    soon = answer(place, f"{V1}/create", new)["id"]
    row = {"id": soon, **new, "minutes": 60}
    other = {
        "id": late, "minutes": 480, "action": "notify", "email": "assignee", "repeat_minutes": None,
    }  # fmt: skip
    assert answer(place, V1, {})["escalations"] == [row, other]
    assert answer(place, f"{V1}/update", {"id": soon, "action": "notify"}) == {"ok": True}
    assert answer(place, V1, {})["escalations"][0] == {**row, "action": "notify"}
    cleared = {"id": soon, "email": "", "repeat_minutes": None}
    assert answer(place, f"{V1}/update", cleared) == {"ok": True}
    expected = {**row, "action": "notify", "email": "assignee", "repeat_minutes": None}
    place.stop()
    place.start()
    assert answer(place, V1, {})["escalations"] == [expected, other]
    for _ in range(2):
        assert answer(place, f"{V1}/delete", {"id": soon}) == {"ok": True}
    assert answer(place, V1, {})["escalations"] == [other]


def test_escalation_with_bad_members_is_refused_with_all_of_them(place: Place) -> None:
    new = {"minutes": 525_601, "action": "shout", "email": "nobody", "repeat_minutes": 0}
    assert refused(place, f"{V1}/create", new) == (422, [*new])
    assert refused(place, f"{V1}/create", {}) == (422, ["minutes", "action"])
    assert refused(place, f"{V1}/update", {"id": 9999}) == (422, ["id"])
    assert answer(place, V1, {})["escalations"] == []


def test_business_hours_are_shown_as_an_update_takes_them(place: Place) -> None:
    before = answer(place, V1, {})["business_hours"]
    assert (before["mode"], before["sun_enabled"]) == ("simple", False)
    assert (before["simple_start"], before["simple_end"]) == (540, 1020)
    assert answer(place, HOURS, before) == {"ok": True}
    assert answer(place, V1, {})["business_hours"] == before
    changes = {"mode": "per_day", "sun_enabled": True, "mon_start": 0, "mon_end": 1440}
    assert answer(place, HOURS, changes) == {"ok": True}
    place.stop()
    place.start()
    assert answer(place, V1, {})["business_hours"] == {**before, **changes}


def test_business_hours_that_end_before_they_start_are_refused(place: Place) -> None:
    before = answer(place, V1, {})["business_hours"]
    wrong = {"simple_end": 540, "tue_start": 1100, "mode": "always"}
    assert refused(place, HOURS, wrong) == (422, ["simple_end", "tue_end"])
    assert refused(place, HOURS, {"mode": "never", "mon_end": 1441}) == (422, ["mode", "mon_end"])
    assert answer(place, V1, {})["business_hours"] == before
