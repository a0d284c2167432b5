"""Skills of the vendor's assistant are kept whole or not at all."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place

V1 = "/api/v1/axial/skills"
SKILL = {
    "key": "returns", "title": "Returns", "description": "Shoes that come back.",
    "instructions": "# Be kind",
}  # fmt: skip
ACTION = {
    "name": "find_order", "description": "Finds it.", "handler_type": "local",
    "handler_ref": "tickets.search", "permission": "staff",
}  # fmt: skip
DEFAULTS = {
    "parameters": {}, "requires_confirmation": False, "enabled": True, "ordinal": 0,
    "timeout_ms": None, "prefetch": False, "prefetch_params": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("skills"))
    found.start()
    stock = {"identifier": "returns.label", "category": "Returns"}
    assert found.post("/api/v1/settings/stock-responses/create", stock)[0] == 200
    yield found
    found.stop()


@pytest.fixture
def place(shared: Place) -> Place:
    """The server with the reserved skill alone."""
    for row in listed(shared):
        if not row["reserved"]:
            done(shared, "delete", {"skill": row["id"]})
    return shared


def done(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(f"{V1}/{path}".rstrip("/"), body, str(uuid4()))
    assert status == 200, raw
    reply = json.loads(raw)
    assert reply["ok"] is True
    return reply["data"]


def refused(place: Place, path: str, body: Any) -> tuple[int, str, list[str]]:
    status, _, raw = place.post(f"{V1}/{path}", body, str(uuid4()))
    reply = json.loads(raw)
    return status, reply["error"], [*reply.get("errors", {})]


def listed(place: Place) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(place, "", {})["skills"]
    return rows


def made(place: Place, **members: Any) -> dict[str, Any]:
    skill: dict[str, Any] = done(place, "create", {**SKILL, **members})["skill"]
    return skill


def test_reserved_skill_keeps_its_key_and_is_not_deleted(place: Place) -> None:
    (core,) = listed(place)
    assert (core["key"], core["reserved"], core["action_count"]) == ("axial.core", True, 0)
    assert "instructions" not in core
    assert refused(place, "delete", {"skill": "axial.core"}) == (422, "skill_reserved", ["skill"])
    renamed = {"skill": core["id"], "key": "mine"}
    assert refused(place, "update", renamed) == (422, "skill_reserved", ["key"])
    same = {"skill": "axial.core", "key": "axial.core", "title": "The core"}
    assert done(place, "update", same)["skill"]["title"] == "The core"


def test_skill_keeps_every_member(place: Place) -> None:
    plain = made(place)
    assert plain == {
        **SKILL, "id": plain["id"], "triggers": "", "composition": "vetted", "citation_set": [],
        "enabled": True, "reserved": False, "ordinal": 0, "parent_key": None, "actions": [],
    }  # fmt: skip
    more = {
        "triggers": "Asks.", "composition": "open", "citation_set": ["returns.label"],
        "enabled": False, "ordinal": -1, "parent_key": "returns",
    }  # fmt: skip
    whole = made(place, key="returns.label_2", **more, actions=[ACTION])
    assert whole == {
        **SKILL, "id": whole["id"], "key": "returns.label_2", **more, "reserved": False,
        "actions": [{**DEFAULTS, **ACTION}],
    }  # fmt: skip
    for name in (whole["id"], int(whole["id"]), "returns.label_2"):
        assert done(place, "show", {"skill": name}) == {"skill": whole}
    rows = listed(place)
    assert [row["key"] for row in rows] == ["returns.label_2", "axial.core", "returns"]
    assert (rows[0]["action_count"], rows[0]["parent_key"]) == (1, "returns")


def test_skill_update_keeps_the_omitted_members(place: Place) -> None:
    made(place)
    child = made(place, key="child", parent_key="returns", triggers="t", actions=[ACTION])
    update = {"skill": "child", "instructions": "New.", "triggers": "", "citation_set": []}
    assert done(place, "update", update)["skill"] == {
        **child, "instructions": "New.", "triggers": ""
    }  # fmt: skip
    done(place, "update", {"skill": "returns", "key": "back"})
    assert done(place, "show", {"skill": "child"})["skill"]["parent_key"] == "back"
    assert (
        done(place, "update", {"skill": "child", "parent_key": None})["skill"]["parent_key"] is None
    )
    done(place, "update", {"skill": "child", "parent_key": "back"})
    assert done(place, "delete", {"skill": "back"}) == {"deleted": True}
    assert done(place, "show", {"skill": "child"})["skill"]["parent_key"] is None


def test_action_is_added_changed_and_deleted(place: Place) -> None:
    made(place)
    remote = {
        "name": "ask", "description": "Asks.", "handler_type": "remote", "permission": "system",
        "handler_ref": "https://a.example", "timeout_ms": "500", "ordinal": -1, "prefetch": True,
        "parameters": {"type": "object"}, "prefetch_params": {"a": [1]},
    }  # fmt: skip
    done(place, "actions/upsert", {"skill": "returns", "action": ACTION})
    both = done(place, "actions/upsert", {"skill": "returns", "action": remote})["skill"]
    kept = {**DEFAULTS, **remote, "timeout_ms": 500}
    assert both["actions"] == [kept, {**DEFAULTS, **ACTION}]
    change = {"name": "ask", "enabled": False}
    after = done(place, "actions/upsert", {"skill": "returns", "action": change})["skill"]
    assert after["actions"][0] == {**kept, "enabled": False}
    for _ in range(2):
        left = done(place, "actions/delete", {"skill": "returns", "name": "ask"})["skill"]
        assert [action["name"] for action in left["actions"]] == ["find_order"]


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"key": "Returns"}, ["key"]),
        ({"key": "a-b"}, ["key"]),
        ({"key": "a" * 101}, ["key"]),
        ({"key": "axial.core", "parent_key": "nowhere", "citation_set": ["returns.label", "x"]},
         ["key", "parent_key", "citation_set.1"]),
        ({"title": None, "instructions": "x" * 100_001, "composition": "free"},
         ["title", "instructions", "composition"]),
        ({"actions": [ACTION, ACTION]}, ["actions.1.name"]),
        ({"actions": [{"name": "a"}]},
         ["actions.0.description", "actions.0.handler_type", "actions.0.handler_ref",
          "actions.0.permission"]),
        ({"actions": [{**ACTION, "handler_ref": "rm", "timeout_ms": 5}]},
         ["actions.0.handler_ref", "actions.0.timeout_ms"]),
        ({"actions": [{**ACTION, "name": "Find"}]}, ["actions.0.name"]),
        ({"actions": [{**ACTION, "parameters": []}]}, ["actions.0.parameters"]),
    ],
)  # fmt: skip
def test_invalid_skill_is_refused_whole(
    place: Place, members: dict[str, Any], fields: list[str]
) -> None:
    assert refused(place, "create", {**SKILL, **members}) == (422, "validation_failed", fields)
    assert [row["key"] for row in listed(place)] == ["axial.core"]


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("a" * 101, "may not be longer than 100 characters"),
        ("Returns", "must be lower-case words with dots or underscores, such as returns.labels"),
    ],
)
def test_bad_key_is_told_its_one_rule(place: Place, key: str, rule: str) -> None:
    raw = place.post(f"{V1}/create", {**SKILL, "key": key}, str(uuid4()))[2]
    assert json.loads(raw)["errors"] == {"key": [f"The key field {rule}."]}


def test_skill_cannot_be_the_parent_of_its_own_parent(place: Place) -> None:
    made(place)
    made(place, key="child", parent_key="returns")
    for parent in ("returns", "child"):
        body = {"skill": "returns", "parent_key": parent}
        assert refused(place, "update", body) == (422, "validation_failed", ["parent_key"])


def test_unknown_skill_is_not_found(place: Place) -> None:
    for skill in ("nowhere", 99_999, "9" * 30):
        for path, more in (
            ("show", {}), ("delete", {}), ("update", {"title": "x"}),
            ("actions/upsert", {"action": ACTION}), ("actions/delete", {"name": "ask"}),
        ):  # fmt: skip
            assert refused(place, path, {"skill": skill, **more})[:2] == (404, "skill_not_found")


def test_skill_options_name_the_words_of_skills(place: Place) -> None:
    options = done(place, "options", {})
    assert options["permissions"] == ["staff", "participant", "system"]
    assert options["compositions"] == ["vetted", "guided", "open"]
    assert "tickets.search" in options["handlers"]
    assert {*SKILL, "actions"} <= {*options["skill_fields"]}
    assert {*ACTION, *DEFAULTS} == {*options["action_fields"]}
