"""Stock responses are stored, found and changed."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place

V1, USERS = "/api/v1/settings/stock-responses", "/api/v1/administration/users/create"
ANNA = "anna@sole-trader.example"
LABEL = {"identifier": "returns.label", "category": "Returns"}
WHOLE = {
    **LABEL, "subcategory": "Label", "subject": "Your label", "keywords": "return,\nlabel",
    "content": "<p>{{ not checked</p>", "is_enabled": False, "notes": "Europe only.",
    "ai_relevance": "as_is",
}  # fmt: skip
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("stock"))
    found.start()
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    answered(found, USERS, {"name": "Anna", "email": ANNA, **flags})
    yield found
    found.stop()


@pytest.fixture
def place(shared: Place) -> Place:
    """The server without stock responses."""
    for row in answered(shared, V1, {}):
        answered(shared, f"{V1}/delete", {"template_id": row["id"]})
    return shared


@pytest.fixture(scope="module")
def annas(shared: Place) -> str:
    """A token that acts for Anna, who is staff and no admin."""
    body = {"name": "anna", "abilities": ["settings:write"], "user": ANNA}
    token: str = answered(shared, "/_tickiti/tokens/mint", body)["data"]["token"]
    return token


def answered(place: Place, path: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    assert status == 200, raw
    return json.loads(raw)


def refused(
    place: Place, path: str, body: Any, token: str | None = None
) -> tuple[int, str, list[str]]:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    reply = json.loads(raw)
    return status, reply["error"], [*reply.get("errors", {})]


def made(place: Place, token: str | None = None, **members: Any) -> dict[str, Any]:
    body = {**LABEL, **members}
    found: dict[str, Any] = answered(place, f"{V1}/create", body, token)["template"]
    return found


def shown(place: Place, stock_id: str) -> Any:
    return answered(place, f"{V1}/show", {"template_id": stock_id})["template"]


def test_stock_response_keeps_every_member(place: Place) -> None:
    whole = made(place, **WHOLE)
    assert whole == {
        **WHOLE, "id": whole["id"], "title": "returns.label", "use_count": 0,
        "updated_at": whole["updated_at"],
    }  # fmt: skip
    assert shown(place, whole["id"]) == whole
    plain = made(place, identifier="plain")
    usual = (plain["content"], plain["is_enabled"], plain["ai_relevance"])
    assert usual == ("", True, "exclude")


def test_stock_responses_are_listed_by_category_and_identifier(place: Place) -> None:
    rows = [made(place, identifier=name, category=group) for name, group in
            (("b", "B"), ("a", "B"), ("z", "A"))]  # fmt: skip
    expected = [rows[2], rows[1], rows[0]]
    assert answered(place, V1, {"include_content": True}) == expected
    left_out = ("content", "is_enabled", "ai_relevance")
    short = [{name: row[name] for name in row if name not in left_out} for row in expected]
    assert answered(place, V1, {}) == short


@pytest.mark.parametrize("member", ["identifier", "keywords", "subject", "content"])
def test_stock_response_search_covers_each_text(place: Place, member: str) -> None:
    made(place, identifier="other", category="Größe")
    one = made(place, **{member: "Die Größe 42"})
    for search, expected in (
        ("GRÖSSE", [one["id"]]), ("42 die", [one["id"]]), ('"größe 42"', [one["id"]]),
        ('"42 größe"', []), ("größe nowhere", []),
    ):  # fmt: skip
        assert [row["id"] for row in answered(place, V1, {"search": search})] == expected


def test_stock_response_update_keeps_the_omitted_members(place: Place) -> None:
    before = made(place, **WHOLE)
    change = {"id": int(before["id"]), "subject": "", "notes": None, "is_enabled": "1"}
    assert answered(place, f"{V1}/update", {"template": change}) == {"ok": True}
    after = shown(place, before["id"])
    assert after == {
        **before, "subject": "", "is_enabled": True, "updated_at": after["updated_at"]
    }  # fmt: skip
    renamed = {"template": {"id": before["id"], "title": "new.name"}}
    assert answered(place, f"{V1}/update", renamed) == {"ok": True}
    assert shown(place, before["id"])["identifier"] == "new.name"
    for _ in range(2):
        assert answered(place, f"{V1}/delete", {"template_id": before["id"]}) == {"ok": True}
    assert refused(place, f"{V1}/show", {"template_id": before["id"]}) == (
        422, "template_not_found", ["template_id"]
    )  # fmt: skip


def test_stock_response_identifier_is_unique_without_case(place: Place) -> None:
    first, other = made(place), made(place, identifier="other")
    again = {**LABEL, "identifier": "RETURNS.label"}
    assert refused(place, f"{V1}/create", again) == (422, "validation_failed", ["identifier"])
    change = {"template": {"id": other["id"], "identifier": "Returns.Label"}}
    assert refused(place, f"{V1}/update", change) == (
        422, "validation_failed", ["template.identifier"]
    )  # fmt: skip
    own = {"template": {"id": first["id"], "identifier": "Returns.Label"}}
    assert answered(place, f"{V1}/update", own) == {"ok": True}


def test_ai_relevance_asks_for_an_admin(place: Place, annas: str) -> None:
    body = {**LABEL, "ai_relevance": "compose"}
    assert refused(place, f"{V1}/create", body, annas) == (403, "role_required", [])
    own = made(place, annas)
    change = {"template": {"id": own["id"], "ai_relevance": "compose", "subject": "new"}}
    assert refused(place, f"{V1}/update", change, annas) == (403, "role_required", [])
    assert shown(place, own["id"]) == own
    assert answered(place, f"{V1}/update", change) == {"ok": True}
    assert shown(place, own["id"])["ai_relevance"] == "compose"


def test_data_uri_of_a_stock_response_becomes_a_file(place: Place) -> None:
    row = made(place, content=f'<img src="{PIXEL}">')
    assert 'src="cid:' in row["content"]
    change = {"template": {"id": row["id"], "content": f'<p><img src="{PIXEL}"></p>'}}
    answered(place, f"{V1}/update", change)
    assert shown(place, row["id"])["content"] == f"<p>{row['content']}</p>"
    count = "SELECT count(*) FROM text_image WHERE stock_response_id = :id"
    assert place.value(count, {"id": int(row["id"])}) == 1


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("create", {}, ["identifier", "category"]),
        ("create", {**LABEL, "ai_relevance": "all"}, ["ai_relevance"]),
        ("create", {**LABEL, "content": "x" * (1024 * 1024 + 1)}, ["content"]),
        ("create", {**LABEL, "keywords": "x" * 256, "notes": 5}, ["keywords", "notes"]),
        ("update", {"template": {"id": 1, "identifier": "", "category": " "}},
         ["template.identifier", "template.category"]),
        ("update", {"template": {"subject": "x"}}, ["template.id"]),
        ("show", {}, ["template_id"]),
        ("", {"search": "x" * 256}, ["search"]),
    ],
)  # fmt: skip
def test_invalid_stock_response_names_its_fields(
    place: Place, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    assert refused(place, f"{V1}/{path}".rstrip("/"), body) == (422, "validation_failed", fields)


def test_unknown_stock_response_is_not_found(place: Place) -> None:
    change = {"template": {"id": 99999, "subject": "x"}}
    assert refused(place, f"{V1}/update", change) == (422, "template_not_found", ["template.id"])
