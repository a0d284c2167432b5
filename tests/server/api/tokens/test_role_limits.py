"""A caller can give or take away only what the caller has, through tokens as well."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cached_token import NOW, CachedToken, run_with_token, set_role
from tests.support.place import Place
from tests.support.users import (
    FLAGS,
    TOKENS,
    USERS,
    answered,
    change,
    listed,
    new_user,
    refused,
    token_for,
    token_of,
)
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Ability, Access, Role
from tickiti_cli.contract.errors import RoleRequired
from tickiti_server.auth import authenticate

ALL = [ability.value for ability in Ability]
OURS = [
    row for row in CATALOGUE.values()
    if row.path.startswith("/_tickiti/") and row.access is Access.ABILITY
]  # fmt: skip
USERS_LIST = CATALOGUE["administration.users.index"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("limits"))
    found.start()
    yield found
    found.stop()


def minted(place: Place, token: str, **members: Any) -> tuple[int, Any]:
    status, _, raw = place.post(
        f"{TOKENS}/mint", {"name": "more", "abilities": ALL, **members}, token=token
    )
    return status, json.loads(raw)


@pytest.mark.parametrize("row", OURS, ids=lambda row: row.name)
def test_administration_routes_refuse_users_who_are_not_staff(place: Place, row: Any) -> None:
    name = f"demoted {row.name}"
    user, email = new_user(place, name, Role.SUPERUSER, is_sysadmin=True)
    token = token_for(place, email)
    assert place.post(row.path, "[]", token=token)[0] != 403
    change(place, user, Role.ANY, is_sysadmin=False)
    status, _, raw = place.post(row.path, "{}", token=token)
    assert (status, json.loads(raw)["code"]) == (403, "role_required")


def test_token_without_a_user_is_minted_with_every_role_alone(place: Place) -> None:
    for role in Role:
        for is_sysadmin in (False, True):
            token = token_of(place, f"minter {role.name} {is_sysadmin}", role,
                             is_sysadmin=is_sysadmin)  # fmt: skip
            status, reply = minted(place, token)
            if role is Role.SUPERUSER and is_sysadmin:
                assert status == 200
            else:
                assert (status, reply["code"]) == (403, "role_required"), role


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMIN, Role.SUPERUSER])
def test_token_is_minted_for_users_up_to_the_callers_role(place: Place, role: Role) -> None:
    token = token_of(place, f"equal {role.name}", role)
    for other in (Role.STAFF, Role.ADMIN, Role.SUPERUSER):
        _, email = new_user(place, f"other {role.name} {other.name}", other)
        status, reply = minted(place, token, user=email)
        assert status == (200 if other <= role else 403), reply
    _, chief = new_user(place, f"chief {role.name}", Role.STAFF, is_sysadmin=True)
    assert minted(place, token, user=chief)[1]["message"] == ("This requires the role 'sysadmin'.")


def test_demoted_user_cannot_mint_tokens_of_the_former_role(place: Place) -> None:
    user, email = new_user(place, "falling", Role.ADMIN)
    _, other = new_user(place, "still admin", Role.ADMIN)
    token = token_for(place, email)
    assert minted(place, token, user=other)[0] == 200
    change(place, user, Role.STAFF)
    assert minted(place, token, user=other)[0] == 403
    status, reply = minted(place, token, user=email)
    assert status == 200
    assert refused(place, USERS_LIST.path, {}, reply["data"]["token"])[0] == 403


@pytest.mark.parametrize("verb", ["rotate", "retire", "revoke"])
@pytest.mark.parametrize("owner", ["nobody", "an admin", "a sysadmin"])
def test_token_of_a_higher_role_is_neither_rotated_nor_ended(
    place: Place, verb: str, owner: str
) -> None:
    name = f"{owner} {verb}"
    if owner == "nobody":
        body = {"name": "x", "abilities": ALL}
        victim = answered(place, f"{TOKENS}/mint", body)["data"]["token"]
    else:
        role = Role.ADMIN if owner == "an admin" else Role.STAFF
        _, email = new_user(place, name, role, is_sysadmin=owner == "a sysadmin")
        victim = token_for(place, email)
    token_id = int(victim.partition("|")[0])
    if verb == "retire":
        answered(place, f"{TOKENS}/rotate", {"id": token_id, "overlap_seconds": 600})
    clerk = token_of(place, f"clerk {name}", Role.STAFF)
    own = answered(place, f"{TOKENS}/self", {}, clerk)["data"]["id"]
    body = {"ids": [own, token_id]} if verb == "revoke" else {"id": token_id}
    assert refused(place, f"{TOKENS}/{verb}", body, clerk)[:2] == (403, "role_required")
    assert answered(place, f"{TOKENS}/self", {}, victim)["data"]["status"] == (
        "overlap" if verb == "retire" else "active"
    )
    assert answered(place, f"{TOKENS}/self", {}, clerk)["data"]["status"] == "active"


def test_staff_user_can_rotate_the_own_token(place: Place) -> None:
    token = token_of(place, "own rotation", Role.STAFF)
    own = int(token.partition("|")[0])
    new = answered(place, f"{TOKENS}/rotate", {"id": own, "overlap_seconds": 60}, token)["data"]
    assert refused(place, USERS_LIST.path, {}, new["token"])[1] == "role_required"
    answered(place, f"{TOKENS}/retire", {"id": own}, new["token"])


def test_token_mints_no_more_abilities_than_its_own(place: Place) -> None:
    """Whatever a user's token can mint: the new one opens no route that the old one did not."""
    for role in (Role.STAFF, Role.ADMIN, Role.SUPERUSER):
        token = token_of(place, f"closure {role.name}", role)
        emails = [row["email"] for row in answered(place, USERS, {})["users"]]
        for email in [*emails, None]:
            status, reply = minted(place, token, **({"user": email} if email else {}))
            if status != 200:
                continue
            new = reply["data"]["token"]
            rows = [row for row in CATALOGUE.values() if not row.is_off and not row.params]
            for row in rows:
                if row.access is Access.ABILITY and row.role > role:
                    found = refused(place, row.path, "[]", new)[1]
                    assert found == "role_required", (role, email, row.name)


def test_manage_users_ability_without_the_role_changes_no_user(
    place: Place,
) -> None:
    token = token_of(place, "by ability", Role.STAFF)
    body = {"name": "x", "email": "by.ability@b.example", "tonic_notifications": False}
    assert refused(place, f"{USERS}/create", {**body, **FLAGS[Role.STAFF]}, token)[0] == 403
    user, _ = new_user(place, "target of it")
    before = listed(place, user)
    assert refused(place, f"{USERS}/{user}/update", {**body, **FLAGS[Role.ADMIN]}, token)[0] == 403
    assert listed(place, user) == before


def test_demotion_applies_to_a_queued_write(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> Role:
        authenticated = await shop.authenticate()
        person_id = authenticated.token.caller.person_id
        await shop.database.write(lambda tx: set_role(tx, person_id, Role.STAFF))
        again = await shop.database.write(
            lambda tx: shop.token_cache.recheck(tx, authenticated, NOW)
        )
        with pytest.raises(RoleRequired):
            authenticate.authorise(USERS_LIST._replace(needs=(Ability.TICKET_INDEX,)),
                           again.token.caller, ())  # fmt: skip
        return again.token.caller.role

    assert run_with_token(tmp_path / "t.db", scenario) is Role.STAFF
