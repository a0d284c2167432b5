"""Users and their roles: who may work in the helpdesk, and whom a token can act for.

The rule of this file: nobody gives or takes away what they do not have themselves.
"""

from tickiti_cli.contract import administration
from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.errors import NotFound, RoleRequired, ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families.template_bodies import Done
from tickiti_server.families.user_bodies import (
    CreatedUser,
    CreateUser,
    UpdateUser,
    User,
    Users,
)
from tickiti_server.handlers import handles
from tickiti_server.store import people
from tickiti_server.store.database import Row


@handles(administration.users_index)
def index(call: Call) -> Users:
    """List users: everybody with a name, the oldest first.

    A customer is known by the address alone, and is none.
    """
    return {"users": [_user(row) for row in people.users(call.tx)]}


@handles(administration.users_create)
def create(call: Call, body: CreateUser) -> CreatedUser:
    """Add a user, or make a customer one."""
    person = people.find_or_add(call.tx, body.email, now=call.now)
    row = people.with_role(call.tx, person["id"])
    if row["name"] is not None or row["built_in"]:
        raise _bad("email", f"There is a user '{body.email}' already.")
    _change(call, row, body, name=body.name)
    return {**index(call), "user_id": str(row["id"])}


@handles(administration.users_update)
def update(call: Call, body: UpdateUser) -> Done:
    """Change what a user may do; their tokens lose or gain it with the next request."""
    row = people.user(call.tx, body.user)
    if row is None:
        raise NotFound(f"There is no user {body.user}.")
    _change(call, row, body, name=row["name"])
    return {"ok": True}


def _change(call: Call, row: Row, body: CreateUser | UpdateUser, *, name: str) -> None:
    """Raises RoleRequired for what is above the caller, ValidationFailed for flags at odds."""
    before, after = Role(row["role"]), _role(Role(row["role"]), body)
    highest = max(before, after)
    if before is not after and highest > call.caller.role:
        raise RoleRequired(highest.name.lower())
    was_sysadmin = bool(row["is_sysadmin"])
    is_sysadmin = was_sysadmin if body.is_sysadmin is None else body.is_sysadmin
    if is_sysadmin != was_sysadmin and not call.caller.is_sysadmin:
        raise RoleRequired("sysadmin")
    people.set_user(
        call.tx,
        row["id"],
        name=name,
        role=after,
        is_sysadmin=is_sysadmin,
        tonic_notifications=body.tonic_notifications,
    )


def _role(before: Role, body: CreateUser | UpdateUser) -> Role:
    """The flags as one role. A superuser stays one unless the body says otherwise."""
    is_superuser = body.is_superuser
    if is_superuser is None:
        is_superuser = before is Role.SUPERUSER and body.is_admin
    if body.is_admin and not body.is_staff:
        raise _bad("is_admin", "The is_admin field can be true only where is_staff is.")
    if is_superuser and not body.is_admin:
        raise _bad("is_superuser", "The is_superuser field can be true only where is_admin is.")
    if is_superuser:
        return Role.SUPERUSER
    if body.is_admin:
        return Role.ADMIN
    return Role.STAFF if body.is_staff else Role.ANY


def _bad(field: str, sentence: str) -> ValidationFailed:
    return ValidationFailed(sentence, errors={field: [sentence]})


def _user(row: Row) -> User:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "email": row["email"],
        "is_staff": row["role"] >= Role.STAFF,
        "is_admin": row["role"] >= Role.ADMIN,
        "is_superuser": row["role"] >= Role.SUPERUSER,
        "is_sysadmin": bool(row["is_sysadmin"]),
        "tonic_notifications": bool(row["tonic_notifications"]),
    }
