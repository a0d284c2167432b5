"""A watchlist is a list of tickets; it shows to each user what the user may see."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

V1, USERS = "/api/v1/settings/watchlists", "/api/v1/administration/users/create"
ANNA = "anna@sole-trader.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("watchlists"))
    found.start()
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    answered(found, USERS, {"name": "Anna", "email": ANNA, **flags})
    yield found
    found.stop()


@pytest.fixture(scope="module")
def annas(place: Place) -> str:
    """A token that acts for Anna, who is staff and no admin."""
    body = {"name": "anna", "abilities": ["settings:write"], "user": ANNA}
    token: str = answered(place, "/_tickiti/tokens/mint", body)["data"]["token"]
    return token


def answered(place: Place, path: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any, token: str | None = None) -> tuple[int, str]:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    return status, json.loads(raw)["error"]


def made(place: Place, token: str | None = None, **more: Any) -> str:
    body = {"name": f"W {uuid4().hex}", "icon": "eye", "shared": True, **more}
    found: str = answered(place, f"{V1}/create", body, token)["watchlist_id"]
    return found


def shown(place: Place, watchlist_id: str, token: str | None = None) -> Any:
    rows = answered(place, V1, {}, token)["watchlists"]
    return next((row for row in rows if row["id"] == watchlist_id), None)


def opened(place: Place) -> str:
    return str(answered(place, "/api/create_ticket", ticket("A shoe"))["data"]["ticket_id"])


def test_watchlist_keeps_description_display_mode_and_owner(place: Place, annas: str) -> None:
    plain = shown(place, made(place, annas, shared=False), annas)
    assert (plain["description"], plain["display_mode"], plain["owner"]) == ("", "list", ANNA)
    watchlist_id = made(place, description="Broken.\nAll of them.", display_mode="card")
    row = shown(place, watchlist_id)
    assert row == {
        "id": watchlist_id, "name": row["name"], "icon": "eye", "shared": True, "ticket_ids": [],
        "description": "Broken.\nAll of them.", "display_mode": "card", "owner": "system@localhost",
    }  # fmt: skip
    update = {"watchlist_id": watchlist_id, "description": "", "name": ""}
    answered(place, f"{V1}/update", update)
    assert shown(place, watchlist_id) == {**row, "description": ""}
    wrong = {"watchlist_id": watchlist_id, "display_mode": "grid", "description": "x" * 1001}
    _, _, raw = place.post(f"{V1}/update", wrong)
    assert [*json.loads(raw)["errors"]] == ["description", "display_mode"]


def test_shared_watchlist_asks_for_an_admin(place: Place, annas: str) -> None:
    shared, mine = made(place), made(place, annas, shared=False)
    before = shown(place, shared)
    for path, body in (
        ("create", {"name": "Annas", "icon": "eye", "shared": True}),
        ("update", {"watchlist_id": mine, "shared": True}),
        ("update", {"watchlist_id": shared, "name": "Annas"}),
        ("update", {"watchlist_id": shared, "shared": False}),
        ("delete", {"watchlist_id": shared}),
    ):
        assert refused(place, f"{V1}/{path}", body, annas) == (403, "role_required")
    assert shown(place, shared) == before
    assert shown(place, mine, annas)["shared"] is False
    assert answered(place, f"{V1}/delete", {"watchlist_id": mine}, annas) == {"ok": True}


def test_watchlist_name_is_unique_without_case(place: Place) -> None:
    made(place, name="Straße")
    body = {"name": "STRASSE", "icon": "eye", "shared": True}
    assert refused(place, f"{V1}/create", body) == (422, "validation_failed")


def test_unseen_ticket_of_a_watchlist_is_not_found(place: Place, annas: str) -> None:
    here, gone = opened(place), opened(place)
    watchlist_id = made(place)
    answered(place, f"{V1}/add-tickets", {"watchlist_id": watchlist_id, "ticket_ids": [here, gone]})
    assert shown(place, watchlist_id, annas)["ticket_ids"] == [here, gone]
    place.execute("UPDATE ticket SET deleted_at = 1 WHERE id = :id", {"id": int(gone)})
    assert shown(place, watchlist_id)["ticket_ids"] == [here]
    for verb in ("add-tickets", "remove-tickets", "reorder"):
        for ticket_id in (gone, "999999"):
            body = {"watchlist_id": watchlist_id, "ticket_ids": [here, ticket_id]}
            assert refused(place, f"{V1}/{verb}", body) == (404, "ticket_not_found")
    place.execute("DELETE FROM queue_right")
    body = {"watchlist_id": watchlist_id, "ticket_ids": [here]}
    assert refused(place, f"{V1}/remove-tickets", body, annas) == (404, "ticket_not_found")
    assert shown(place, watchlist_id, annas)["ticket_ids"] == []
    assert shown(place, watchlist_id)["ticket_ids"] == [here]
