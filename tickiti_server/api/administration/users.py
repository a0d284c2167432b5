"""Users and their roles: who may work in the helpdesk, and whom a token can act for.

Rule: a caller grants only roles that the caller has, and changes no user who may do more.
"""

from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.errors import NotFound, RoleRequired, ValidationFailed
from tickiti_cli.contract.v1 import administration
from tickiti_server.api import rights
from tickiti_server.api.administration.bodies.queue_rights import QueueRights
from tickiti_server.api.administration.bodies.users import (
    CreatedUser,
    CreateUser,
    UpdateUser,
    User,
    Users,
)
from tickiti_server.api.administration.queue_rights import shown
from tickiti_server.api.call import Call
from tickiti_server.api.done import Done
from tickiti_server.api.handler import handles
from tickiti_server.auth import authenticate
from tickiti_server.store.access import rights as stored_rights
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Row


@handles(administration.users_index)
def index(call: Call) -> Users:
    """List the users, oldest first.

    Users are staff and API accounts. Their queues are those where rights were given.
    """
    queues: dict[int, list[QueueRights]] = {}
    for right in stored_rights.list_rights(call.tx):
        queues.setdefault(right["person_id"], []).append(shown(right))
    rows = people.list_users(call.tx)
    return {"users": [_user(row, queues.get(row["id"], [])) for row in rows]}


@handles(administration.users_create, refuses=(RoleRequired,))
def create(call: Call, body: CreateUser) -> CreatedUser:
    """Create a user, or turn a customer into a user."""
    person = people.find_or_add_person(call.tx, body.email, now=call.now)
    row = people.get_person(call.tx, person["id"])
    if row["name"] is not None or row["built_in"]:
        raise ValidationFailed.of("email", f"User '{body.email}' already exists.")
    _change(call, row, body, name=body.name)
    return {**index(call), "user_id": str(row["id"])}


@handles(administration.users_update, refuses=(RoleRequired,))
def update(call: Call, body: UpdateUser) -> Done:
    """Update the roles of a user, effective from the next request of the user's tokens."""
    row = people.find_user(call.tx, body.user)
    if row is None:
        raise NotFound(f"There is no user {body.user}.")
    authenticate.refuse_above(call.caller, row)
    _change(call, row, body, name=row["name"])
    return {"ok": True}


def _change(call: Call, row: Row, body: CreateUser | UpdateUser, *, name: str) -> None:
    """Store name, role and flags. Raises RoleRequired for a role above the caller's,
    ValidationFailed for contradicting flags."""
    before, after = Role(row["role"]), _role(Role(row["role"]), body)
    if after > call.caller.role:
        raise RoleRequired(after.name.lower())
    was_sysadmin = bool(row["is_sysadmin"])
    is_sysadmin = was_sysadmin if body.is_sysadmin is None else body.is_sysadmin
    if is_sysadmin != was_sysadmin and not call.caller.is_sysadmin:
        raise RoleRequired("sysadmin")
    is_api_user = bool(row["is_api_user"] if body.is_api_user is None else body.is_api_user)
    people.update_user(
        call.tx,
        row["id"],
        name=name,
        role=after,
        is_sysadmin=is_sysadmin,
        tonic_notifications=body.tonic_notifications,
        is_api_user=is_api_user,
    )
    if before < Role.STAFF <= after:
        rights.grant_new_staff(call, row["id"])


def _role(before: Role, body: CreateUser | UpdateUser) -> Role:
    """The role that the flags make: an admin is staff too. A superuser stays superuser unless the
    body changes that flag."""
    is_superuser = body.is_superuser
    if is_superuser is None:
        is_superuser = before is Role.SUPERUSER and body.is_admin
    if is_superuser and not body.is_admin:
        raise ValidationFailed.of(
            "is_superuser", "The is_superuser field can be true only where is_admin is."
        )
    if is_superuser:
        return Role.SUPERUSER
    if body.is_admin:
        return Role.ADMIN
    return Role.STAFF if body.is_staff else Role.ANY


def _user(row: Row, queues: list[QueueRights]) -> User:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "email": row["email"],
        "is_staff": row["role"] >= Role.STAFF,
        "is_admin": row["role"] >= Role.ADMIN,
        "is_superuser": row["role"] >= Role.SUPERUSER,
        "is_sysadmin": bool(row["is_sysadmin"]),
        "tonic_notifications": bool(row["tonic_notifications"]),
        "is_api_user": bool(row["is_api_user"]),
        "queues": queues,
    }
