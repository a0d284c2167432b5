"""Tokens in the vendor's administration, and what a token learns about itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.place import Place
from tests.support.users import TOKENS, USERS, answered, new_user, refused, token_for
from tickiti_cli.contract.endpoint import Ability, Role

KEYS, OWN = "/api/v1/administration/api-tokens", "/api/v1/token"
ADMIN = ["administration:write", "tickets:write", "ticket-index"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("api-tokens"))
    found.start()
    yield found
    found.stop()


def created(place: Place, token: str | None = None, **more: Any) -> dict[str, Any]:
    body = {"name": "key", "owner": "system", "abilities": ["ticket-index"], **more}
    row: dict[str, Any] = answered(place, f"{KEYS}/create", body, token)
    return row


def listed(place: Place, token_id: str) -> list[dict[str, Any]]:
    rows = answered(place, KEYS, {})["tokens"]
    return [row for row in rows if row["id"] == token_id]


def test_created_token_works_and_is_listed_without_its_secret(place: Place) -> None:
    made = created(place, allowed_ip="127.0.0.1")
    assert (made["ok"], made["id"]) == (True, made["token"].partition("|")[0])
    assert place.post("/api/tickiti_api_index", {}, token=made["token"])[0] == 200
    (row,) = listed(place, made["id"])
    assert row == {
        "id": made["id"], "name": "key", "abilities": ["ticket-index"], "allowed_ip": "127.0.0.1",
        "owner": {"id": "1", "name": "System", "email": "system@localhost", "is_system": True},
        "created_at": row["created_at"], "last_used_at": row["last_used_at"], "expires_at": None,
    }  # fmt: skip
    assert made["token"].partition("|")[2].encode() not in place.post(KEYS, {})[2]
    (bundled,) = [
        found
        for found in answered(place, TOKENS, {})["data"]["tokens"]
        if found["id"] == int(made["id"])
    ]
    assert (bundled["family"], bundled["expires_at"]) == (int(made["id"]), None)


def test_token_acts_for_the_staff_user_that_owns_it(place: Place) -> None:
    user, email = new_user(place, "key owner")
    made = created(place, owner=user, abilities=["administration:read"])
    assert listed(place, made["id"])[0]["owner"] == {
        "id": user, "name": "key owner", "email": email, "is_system": False,
    }  # fmt: skip
    assert refused(place, USERS, {}, made["token"])[:2] == (403, "role_required")


def test_skills_abilities_can_be_minted(place: Place) -> None:
    made = created(place, abilities=["skills:read", "skills:write"])
    assert listed(place, made["id"])[0]["abilities"] == ["skills:read", "skills:write"]
    body = {"name": "x", "abilities": ["skills:write"]}
    assert answered(place, f"{TOKENS}/mint", body)["data"]["abilities"] == ["skills:write"]


def test_ability_that_the_caller_lacks_is_not_granted(place: Place) -> None:
    caller = created(place, abilities=ADMIN)["token"]
    grantable = answered(place, KEYS, {}, caller)["grantable_abilities"]
    assert grantable == [
        "administration:read", "administration:write", "ticket-index", "tickets:read",
        "tickets:write",
    ]  # fmt: skip
    made = created(place, caller, abilities=["tickets:read"])
    body = {"name": "x", "owner": "system", "abilities": ["tickets:read", "mail:read"]}
    expected = (403, "missing_ability", "This token lacks the ability 'mail:read'.")
    assert refused(place, f"{KEYS}/create", body, caller) == expected
    changes = {"id": made["id"], "abilities": ["mail:read"]}
    assert refused(place, f"{KEYS}/update", changes, caller) == expected
    assert listed(place, made["id"])[0]["abilities"] == ["tickets:read"]
    assert answered(place, KEYS, {})["grantable_abilities"] == sorted(Ability)


def test_token_owner_with_a_higher_role_is_refused(place: Place) -> None:
    user, email = new_user(place, "key admin", Role.ADMIN)
    chief, _ = new_user(place, "key chief", Role.SUPERUSER)
    admin = token_for(place, email)
    assert created(place, admin, owner=user)["ok"] is True
    body = {"name": "x", "abilities": ["ticket-index"]}
    for owner in ("system", chief):
        found = refused(place, f"{KEYS}/create", {**body, "owner": owner}, admin)
        assert found[:2] == (403, "role_required")
    higher = created(place)["id"]
    for verb, more in (("update", {"name": "taken over"}), ("revoke", {})):
        found = refused(place, f"{KEYS}/{verb}", {"id": higher, **more}, admin)
        assert found[:2] == (403, "role_required")
    assert listed(place, higher)[0]["name"] == "key"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"owner": 9999}, "owner"), ({"owner": "nobody"}, "owner"), ({"owner": None}, "owner"),
        ({"abilities": []}, "abilities"), ({"abilities": ["fly"]}, "abilities.0"),
        ({"name": "x" * 256}, "name"), ({"allowed_ip": "here"}, "allowed_ip"),
    ],
)  # fmt: skip
def test_invalid_member_of_a_new_token_is_named(place: Place, more: Any, field: str) -> None:
    body = {"name": "x", "owner": "system", "abilities": ["ticket-index"], **more}
    status, _, raw = place.post(f"{KEYS}/create", body)
    assert (status, list(json.loads(raw)["errors"])) == (422, [field])


def test_customer_cannot_own_a_token(place: Place) -> None:
    customer, _ = new_user(place, "key customer", Role.ANY)
    body = {"name": "x", "owner": customer, "abilities": ["ticket-index"]}
    expected = (422, "validation_failed", f"There is no staff user with the id {customer}.")
    assert refused(place, f"{KEYS}/create", body) == expected


def test_update_and_revoke_take_effect_at_once_and_are_audited(place: Place) -> None:
    made = created(place)
    where = {"id": made["id"]}
    assert answered(place, f"{KEYS}/update", {**where, "abilities": ["send-email"]}) == {"ok": True}
    assert refused(place, "/api/tickiti_api_index", {}, made["token"])[1] == "missing_ability"
    answered(place, f"{KEYS}/update", {**where, "allowed_ip": "10.0.0.1"})
    assert refused(place, OWN, {}, made["token"])[1] == "ip_not_allowed"
    answered(place, f"{KEYS}/update", {**where, "allowed_ip": None, "name": "new"})
    assert answered(place, OWN, {}, made["token"])["data"]["token"]["name"] == "new"
    for _ in range(2):
        assert answered(place, f"{KEYS}/revoke", where) == {"ok": True}
    assert refused(place, OWN, {}, made["token"])[:2] == (401, "unauthenticated")
    assert listed(place, made["id"]) == []
    audit = answered(place, f"{TOKENS}/audit", {"id": int(made["id"])})["data"]["audit"]
    actions = [entry["action"] for entry in reversed(audit)]
    assert actions == ["mint", "update", "update", "update", "revoke"]
    assert refused(place, f"{KEYS}/update", where)[:2] == (404, "not_found")


@pytest.mark.parametrize("verb", ["update", "revoke"])
def test_unknown_token_is_404(place: Place, verb: str) -> None:
    assert refused(place, f"{KEYS}/{verb}", {"id": 9999})[:2] == (404, "not_found")


def test_key_is_ignored_where_the_reply_shows_a_secret(place: Place) -> None:
    body = {"name": "x", "owner": "system", "abilities": ["ticket-index"]}
    first, second = (place.post(f"{KEYS}/create", body, "the-same")[2] for _ in range(2))
    assert json.loads(first)["token"] != json.loads(second)["token"]


def test_any_live_token_learns_its_rights(place: Place) -> None:
    user, email = new_user(place, "learner")
    token = token_for(place, email, ["tickets:read", "mail:write", "create-ticket"])
    data = answered(place, OWN, {}, token)["data"]
    assert data["abilities"] == ["create-ticket", "mail:write", "tickets:read"]
    assert data["token"]["id"] == token.partition("|")[0]
    assert data["owner"] == {
        "id": user, "name": "learner", "email": email, "is_system": False, "is_staff": True,
        "is_admin": False, "is_superuser": False, "is_sysadmin": False,
    }  # fmt: skip
    assert set(data["plan"].values()) == {True}
    families = data["families"]
    assert families["tickets"] == {"read": True, "write": False, "missing": ["tickets:write"]}
    assert families["mail"] == {"read": False, "write": False, "missing": ["admin"]}
    assert families["axial"]["missing"] == ["skills:read", "skills:write", "sysadmin"]


def test_token_of_the_system_user_has_every_family(place: Place) -> None:
    data = answered(place, OWN, {})["data"]
    assert data["owner"]["is_system"] is True
    for name, access in data["families"].items():
        expected = {"read": True, "write": name != "reports", "missing": []}
        assert access == expected, name


def test_classic_token_learns_its_rights_without_a_body(place: Place) -> None:
    token = created(place)["token"]
    assert answered(place, OWN, "", token)["data"]["abilities"] == ["ticket-index"]
