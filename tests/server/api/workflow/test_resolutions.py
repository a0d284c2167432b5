"""Resolution categories are made, ordered, changed and deleted, and never taken from a ticket."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.stage import answer, data_of

V1 = "/api/v1/workflow/resolution-categories"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("resolutions"))
    found.start()
    yield found
    found.stop()


def made(place: Place, **more: Any) -> dict[str, Any]:
    """A new category, as the list has it."""
    new = {"name": f"R {uuid4().hex}", "colour": "#2e7d32", **more}
    reply = answer(place, f"{V1}/create", new)
    assert reply == {"ok": True, "id": reply["id"]}
    return listed(place)[reply["id"]]


def listed(place: Place) -> dict[str, Any]:
    return {row["id"]: row for row in answer(place, V1, {})}


def refused(place: Place, path: str, body: Any) -> tuple[int, str, Any]:
    status, _, raw = place.post(f"{V1}/{path}", body)
    reply = json.loads(raw)
    return status, reply["code"], reply.get("errors", reply["message"])


def test_new_category_is_listed_last(place: Place) -> None:
    first, second = made(place), made(place, selectable=False)
    assert first == {
        "id": first["id"], "name": first["name"], "colour": "#2e7d32",
        "position": first["position"], "selectable": True,
    }  # fmt: skip
    assert (second["position"], second["selectable"]) == (first["position"] + 1, False)
    assert [*listed(place)][-2:] == [first["id"], second["id"]]


def test_category_update_keeps_members_left_out(place: Place) -> None:
    row = made(place)
    changes = {"colour": "#C62828", "selectable": False}
    assert answer(place, f"{V1}/update", {"id": row["id"], **changes}) == {"ok": True}
    assert listed(place)[row["id"]] == {**row, **changes}
    assert answer(place, f"{V1}/update", {"id": row["id"], "name": row["name"].upper()})
    assert listed(place)[row["id"]] == {**row, **changes, "name": row["name"].upper()}


def test_category_name_is_unique_in_any_case(place: Place) -> None:
    row, other = made(place), made(place)
    taken = {"name": [f"Resolution category '{row['name']}' already exists."]}
    name = row["name"].lower()
    expected = (422, "validation_failed", taken)
    assert refused(place, "create", {"name": name, "colour": "#000000"}) == expected
    assert refused(place, "update", {"id": other["id"], "name": name}) == expected


def test_category_with_bad_members_is_refused_with_all_of_them(place: Place) -> None:
    before = listed(place)
    status, _, errors = refused(place, "create", {"name": "x" * 256, "colour": "green"})
    assert (status, [*errors]) == (422, ["name", "colour"])
    unknown = {"id": ["Resolution '9999' not found."]}
    assert refused(place, "update", {"id": 9999}) == (422, "resolution_not_found", unknown)
    assert listed(place) == before


def test_order_names_each_category_exactly_once(place: Place) -> None:
    made(place), made(place)
    ids = [*reversed([*listed(place)])]
    assert answer(place, f"{V1}/reorder", {"ids": ids}) == {"ok": True}
    assert [*listed(place)] == ids
    problem = {"ids": ["The ids field must name each category exactly once."]}
    for wrong in (ids[1:], [*ids, ids[0]], [*ids[1:], 9999]):
        assert refused(place, "reorder", {"ids": wrong}) == (422, "validation_failed", problem)
    assert [*listed(place)] == ids


def test_category_of_a_ticket_is_not_deleted(place: Place) -> None:
    row = made(place)
    number = data_of(place, "/api/create_ticket", ticket("A shoe"), str(uuid4()))["ticket_number"]
    sql = "UPDATE ticket SET resolution_id = :id WHERE number = :number"
    place.execute(sql, {"id": row["id"], "number": number})
    sentence = f"1 ticket has the resolution '{row['name']}'; set selectable to false instead."
    assert refused(place, "delete", {"id": row["id"]}) == (409, "conflict", sentence)
    answer(place, "/api/v1/tickets/delete", {"ticket_numbers": [number]})
    assert refused(place, "delete", {"id": row["id"]}) == (409, "conflict", sentence)
    place.execute("UPDATE ticket SET resolution_id = NULL")
    for _ in range(2):
        assert answer(place, f"{V1}/delete", {"id": row["id"]}) == {"ok": True}
    assert row["id"] not in listed(place)
