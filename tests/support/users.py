"""Users of a server, their roles and their tokens."""

import json
from typing import Any

from tests.support.place import Place
from tickiti_cli.contract.endpoint import Ability, Role

USERS, TOKENS = "/api/v1/administration/users", "/_tickiti/tokens"


FLAGS = {
    Role.ANY: {"is_staff": False, "is_admin": False},
    Role.STAFF: {"is_staff": True, "is_admin": False},
    Role.ADMIN: {"is_staff": True, "is_admin": True},
    Role.SUPERUSER: {"is_staff": True, "is_admin": True, "is_superuser": True},
}


def answered(place: Place, path: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(path, body, token=token)
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any, token: str | None = None) -> tuple[int, str, str]:
    status, _, raw = place.post(path, body, token=token)
    reply = json.loads(raw)
    return status, reply["code"], reply["message"]


def new_user(place: Place, name: str, role: Role = Role.STAFF, **more: bool) -> tuple[str, str]:
    """Id and address of a new user."""
    email = f"{name.replace(' ', '.')}@sole-trader.example"
    body = {"name": name, "email": email, "tonic_notifications": False, **FLAGS[role], **more}
    return answered(place, f"{USERS}/create", body)["user_id"], email


def change(place: Place, user: str, role: Role, **more: bool) -> None:
    body = {**FLAGS[role], "tonic_notifications": False, "is_superuser": role is Role.SUPERUSER}
    assert answered(place, f"{USERS}/{user}/update", {**body, **more}) == {"ok": True}


def token_for(place: Place, email: str, abilities: Any = tuple(Ability)) -> str:
    body = {"name": email, "abilities": list(abilities), "user": email}
    token: str = answered(place, f"{TOKENS}/mint", body)["data"]["token"]
    return token


def token_of(place: Place, name: str, role: Role, **more: bool) -> str:
    """A token with every ability that acts for a user of this role: a customer too."""
    user, email = new_user(place, name)
    token = token_for(place, email)
    change(place, user, role, **more)
    return token


def listed(place: Place, user: str) -> Any:
    return next(row for row in answered(place, USERS, {})["users"] if row["id"] == user)
