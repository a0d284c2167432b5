"""Tokens that are bound to addresses, and edits of live tokens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, ticket
from tests.support.users import TOKENS, answered, new_user, refused, token_for
from tickiti_cli.contract.endpoint import Role

INDEX, CREATE = "/api/tickiti_api_index", "/api/create_ticket"
REFUSED = (403, "ip_not_allowed", "This token may not be used from this address.")
ELSEWHERE = "203.0.113.7, 10.0.0.0/8"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("addresses"))
    found.start()
    yield found
    found.stop()


def minted(place: Place, allowed_ip: str | None, *abilities: str) -> dict[str, Any]:
    body = {"name": "bound", "abilities": abilities or ["ticket-index"], "allowed_ip": allowed_ip}
    row: dict[str, Any] = answered(place, f"{TOKENS}/mint", body)["data"]
    return row


@pytest.mark.parametrize(
    ("allowed_ip", "is_let_in"),
    [
        (None, True), ("127.0.0.1", True), ("10.0.0.0/8, 127.0.0.0/8", True), ("::1", False),
        ("127.0.0.2", False), (ELSEWHERE, False), ("::ffff:127.0.0.1", False),
    ],
)  # fmt: skip
def test_bound_token_works_from_its_addresses_alone(
    place: Place, allowed_ip: str | None, is_let_in: bool
) -> None:
    row = minted(place, allowed_ip)
    assert row["allowed_ip"] == allowed_ip
    status, _, raw = place.post(INDEX, {}, token=row["token"])
    assert (status, json.loads(raw).get("code")) == (
        (200, None) if is_let_in else (403, "ip_not_allowed")
    )


def test_address_is_checked_before_ability_and_body(place: Place) -> None:
    token = minted(place, ELSEWHERE, "ticket-index")["token"]
    assert refused(place, CREATE, "no JSON", token) == REFUSED
    assert refused(place, f"{TOKENS}/self", {}, token) == REFUSED
    assert refused(place, "/api/v1/token", {}, token) == REFUSED
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert refused(place, INDEX, {}, wrong)[:2] == (401, "unauthenticated")


def test_refused_address_records_no_use_of_the_token(place: Place) -> None:
    row = minted(place, ELSEWHERE)
    refused(place, INDEX, {}, row["token"])
    (shown,) = [r for r in answered(place, TOKENS, {})["data"]["tokens"] if r["id"] == row["id"]]
    assert (shown["last_used_at"], shown["allowed_ip"]) == (None, ELSEWHERE)


@pytest.mark.parametrize(
    "allowed_ip",
    ["localhost", "10.0.0.1/8", "10.0.0.0/33", "1.2.3.4,", "1.2.3", 7, ["127.0.0.1"], "1" * 300],
)
def test_malformed_address_is_named_in_a_422(place: Place, allowed_ip: Any) -> None:
    body = {"name": "x", "abilities": ["ticket-index"], "allowed_ip": allowed_ip}
    status, _, raw = place.post(f"{TOKENS}/mint", body)
    assert (status, list(json.loads(raw)["errors"])) == (422, ["allowed_ip"])


def test_rotation_keeps_owner_and_addresses(place: Place) -> None:
    _, email = new_user(place, "rotated owner")
    old = int(token_for(place, email, ["ticket-index"]).partition("|")[0])
    answered(place, f"{TOKENS}/edit", {"id": old, "allowed_ip": ELSEWHERE})
    new = answered(place, f"{TOKENS}/rotate", {"id": old})["data"]
    assert (new["user"], new["allowed_ip"]) == (email, ELSEWHERE)
    assert refused(place, INDEX, {}, new["token"]) == REFUSED


def test_edit_takes_effect_at_once_and_is_audited(place: Place) -> None:
    row = minted(place, None)
    assert place.post(INDEX, {}, token=row["token"])[0] == 200
    changes = {"name": "renamed", "abilities": ["create-ticket"], "allowed_ip": "127.0.0.1"}
    edited = answered(place, f"{TOKENS}/edit", {"id": row["id"], **changes})["data"]
    assert {name: edited[name] for name in changes} == changes
    assert refused(place, INDEX, {}, row["token"])[:2] == (403, "missing_ability")
    assert place.post(CREATE, ticket("x"), "edited", token=row["token"])[0] == 200
    answered(place, f"{TOKENS}/edit", {"id": row["id"], "allowed_ip": ELSEWHERE})
    assert refused(place, CREATE, ticket("x"), row["token"]) == REFUSED
    answered(place, f"{TOKENS}/edit", {"id": row["id"], "allowed_ip": None})
    audit = answered(place, f"{TOKENS}/audit", {"id": row["id"]})["data"]["audit"]
    assert [(entry["action"], entry["details"]) for entry in audit[:3]] == [
        ("update", {"allowed_ip": "none"}),
        ("update", {"allowed_ip": ELSEWHERE}),
        ("update", changes),
    ]


def test_edit_keeps_members_that_are_left_out(place: Place) -> None:
    row = minted(place, "127.0.0.1")
    edited = answered(place, f"{TOKENS}/edit", {"id": row["id"], "name": None})["data"]
    for name in ("name", "abilities", "allowed_ip"):
        assert edited[name] == row[name]
    audit = answered(place, f"{TOKENS}/audit", {"id": row["id"]})["data"]["audit"]
    assert [entry["action"] for entry in audit] == ["mint"]


def test_edit_of_a_dead_unknown_or_higher_token_is_refused(place: Place) -> None:
    row = minted(place, None)
    answered(place, f"{TOKENS}/revoke", {"ids": [row["id"]]})
    assert refused(place, f"{TOKENS}/edit", {"id": row["id"]})[:2] == (409, "conflict")
    assert refused(place, f"{TOKENS}/edit", {"id": 9999})[:2] == (422, "validation_failed")
    _, email = new_user(place, "plain editor", Role.ADMIN)
    token = token_for(place, email, ["manage-tokens"])
    found = refused(place, f"{TOKENS}/edit", {"id": minted(place, None)["id"]}, token)
    assert found[:2] == (403, "role_required")


def test_binding_behind_a_proxy_uses_the_address_that_the_proxy_added(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(behind_proxy=True)
    token = minted(place, "10.0.0.1")["token"]
    statuses = [
        place.post(INDEX, {}, token=token, X_Forwarded_For=who)[0]
        for who in ("10.0.0.1", "10.0.0.9, 10.0.0.1", "10.0.0.1, 10.0.0.9")
    ]
    assert place.post(INDEX, {}, token=token)[0] == 403
    assert place.end() == 0
    assert statuses == [200, 200, 403]


def test_forwarded_address_without_a_proxy_does_not_count(place: Place) -> None:
    token = minted(place, "10.0.0.1")["token"]
    assert place.post(INDEX, {}, token=token, X_Forwarded_For="10.0.0.1")[0] == 403
