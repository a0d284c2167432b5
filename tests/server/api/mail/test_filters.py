"""Subjects and excluded addresses of fetched mail are kept."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place

V1 = "/api/v1/mail"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("filters"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(f"{V1}/{path}", body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


@pytest.mark.parametrize(
    ("path", "member", "texts"),
    [
        ("subjects", "subject", ("Grüße, not here", "GRÜSSE, NOT HERE", "Away")),
        ("excluded-emails", "email", ("Anna@b.example", "anna@B.example", "*@b.example")),
    ],
)
def test_duplicate_filter_returns_the_id_of_the_first(
    place: Place, path: str, member: str, texts: tuple[str, str, str]
) -> None:
    first, like_it, other = texts
    assert answered(place, path, {}) == []
    made = answered(place, f"{path}/create", {member: first})
    assert made == {"ok": True, "id": made["id"]}
    assert answered(place, f"{path}/create", {member: like_it}) == made
    second = answered(place, f"{path}/create", {member: other})["id"]
    rows = [{"id": made["id"], member: first}, {"id": second, member: other}]
    assert answered(place, path, {}) == rows
    for _ in range(2):
        assert answered(place, f"{path}/delete", {"id": made["id"]}) == {"ok": True}
    assert answered(place, path, {}) == rows[1:]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("subjects/create", {}, "subject"),
        ("subjects/create", {"subject": "x" * 256}, "subject"),
        ("subjects/create", {"subject": "a\nb"}, "subject"),
        ("subjects/delete", {"id": "x"}, "id"),
        ("excluded-emails/create", {"email": "anna"}, "email"),
        ("excluded-emails/create", {"email": "*@"}, "email"),
        ("excluded-emails/create", {"email": "*@*.example"}, "email"),
        ("excluded-emails/create", {"email": 5}, "email"),
        ("excluded-emails/delete", {}, "id"),
    ],
)
def test_invalid_filter_names_its_field(
    place: Place, path: str, body: dict[str, Any], field: str
) -> None:
    status, _, raw = place.post(f"{V1}/{path}", body)
    assert (status, [*json.loads(raw)["errors"]]) == (422, [field])
