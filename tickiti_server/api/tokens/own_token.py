"""What a token may do: its abilities, its owner's roles, and the plan."""

from collections.abc import Iterable, Iterator

from tickiti_cli.contract.catalogue import FAMILIES
from tickiti_cli.contract.endpoint import Endpoint, Plan, Role
from tickiti_cli.contract.v1 import open_routes
from tickiti_cli.contract.v1.family import Family
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tokens.bodies.own_token import (
    FamilyAccess,
    OwnerWithRoles,
    OwnRights,
    ShownToken,
)
from tickiti_server.api.tokens.owner import owner_of, person_of
from tickiti_server.auth.token import abilities_of, time_of
from tickiti_server.clock import rfc3339
from tickiti_server.store.access import tokens
from tickiti_server.store.interface import Row


@handles(open_routes.token)
def show(call: Call) -> OwnRights:
    """Show what the token in use may do. Every live token may ask."""
    row = tokens.find_token(call.tx, call.caller.token_id)
    assert row is not None
    return {
        "token": _token(row),
        "abilities": sorted(abilities_of(row)),
        "owner": _owner(call),
        "plan": {plan.value: plan not in call.without_plans for plan in Plan},
        "families": {family.name: _access(call, rows) for family, rows in _families()},
    }


def _token(row: Row) -> ShownToken:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "allowed_ip": row["allowed_ip"],
        "created_at": rfc3339(row["created_at"]),
        "last_used_at": time_of(row["last_used_at"]),
        "expires_at": time_of(row["expires_at"]),
    }


def _owner(call: Call) -> OwnerWithRoles:
    caller = call.caller
    return {
        **owner_of(person_of(call, caller.person_id)),
        "is_staff": caller.role >= Role.STAFF,
        "is_admin": caller.role >= Role.ADMIN,
        "is_superuser": caller.role >= Role.SUPERUSER,
        "is_sysadmin": caller.is_sysadmin,
    }


def _families() -> Iterator[tuple[Family, tuple[Endpoint, ...]]]:
    """Every v1 family that abilities open, with its rows."""
    for module in FAMILIES.values():
        family: Family | None = getattr(module, "FAMILY", None)
        if family is not None:
            yield family, tuple(row for row in module.ROWS if not row.is_off)


def _access(call: Call, rows: Iterable[Endpoint]) -> FamilyAccess:
    read = write = False
    missing: dict[str, None] = {}
    for row in rows:
        lacking = [*_lacking(call, row)]
        missing |= dict.fromkeys(lacking)
        read |= not lacking and not row.writes
        write |= not lacking and row.writes
    return {"read": read, "write": write, "missing": sorted(missing)}


def _lacking(call: Call, row: Endpoint) -> Iterator[str]:
    """The abilities, roles and plan features that a route requires and the caller lacks."""
    if call.caller.abilities.isdisjoint(row.needs):
        yield row.needs[0]
    if row.role > call.caller.role:
        yield row.role.name.lower()
    if row.sysadmin and not call.caller.is_sysadmin:
        yield "sysadmin"
    yield from (plan.value for plan in row.plans if plan in call.without_plans)
