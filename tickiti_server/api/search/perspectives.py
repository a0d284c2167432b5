"""Perspectives of the v1 API: saved views of the list of tickets.

Rule: a perspective that the caller may not see counts as missing.
"""

import json
from typing import Any

from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.errors import PerspectiveNotFound, RoleRequired, ValidationFailed
from tickiti_cli.contract.v1 import settings as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import Done
from tickiti_server.api.handler import handles
from tickiti_server.api.search import perspective_fields
from tickiti_server.api.search.bodies.perspectives import (
    CreatePerspective,
    FindPerspective,
    ListPerspectives,
    Perspective,
    PerspectiveCreated,
    Perspectives,
    PerspectiveShown,
    ShowPerspective,
    UpdatePerspective,
)
from tickiti_server.store.helpdesk import perspectives as stored
from tickiti_server.store.interface import Row


@handles(contract.perspectives_index)
def index(call: Call, body: ListPerspectives) -> Perspectives:
    """List your own perspectives; with scope `all`, the shared and built-in ones as well."""
    listing = stored.list_perspectives if body.scope == "all" else stored.list_own_perspectives
    return {"perspectives": [_perspective(row) for row in listing(call.tx, call.caller.person_id)]}


@handles(contract.perspectives_show, refuses=(PerspectiveNotFound,))
def show(call: Call, body: ShowPerspective) -> PerspectiveShown:
    """Show a perspective by its id or name."""
    person_id = call.caller.person_id
    if body.perspective_id is not None:
        row = stored.find_perspective(call.tx, body.perspective_id, person_id)
        wanted, field = str(body.perspective_id), "perspective_id"
    else:
        wanted, field = str(body.name), "name"
        row = stored.find_perspective_by_name(call.tx, wanted, person_id)
    if row is None:
        raise PerspectiveNotFound(wanted, field=field)
    return {"perspective": _perspective(row)}


@handles(contract.perspectives_create, refuses=(RoleRequired,))
def create(call: Call, body: CreatePerspective) -> PerspectiveCreated:
    """Create a perspective: a saved view with conditions and an order.

    Only an admin may create a shared one.
    """
    refuse_shared(call, body.shared)
    columns = _columns(body.model_dump())
    owner_id = call.caller.person_id
    _refuse_taken(call, body.name, shared=body.shared, owner_id=owner_id)
    perspective_id = stored.insert_perspective(call.tx, **columns, owner_id=owner_id)
    return {"perspective_id": str(perspective_id)}


@handles(contract.perspectives_update, refuses=(PerspectiveNotFound, RoleRequired))
def update(call: Call, body: UpdatePerspective) -> Done:
    """Change a perspective; only an admin may change a shared one."""
    row = stored.find_perspective(call.tx, body.perspective_id, call.caller.person_id)
    if row is None:
        raise PerspectiveNotFound(str(body.perspective_id))
    _refuse_built_in(row)
    refuse_shared(call, row["shared"], body.shared)
    columns = _columns(body.model_dump(exclude_none=True, exclude={"perspective_id"}))
    name, shared = columns.get("name", row["name"]), columns.get("shared", bool(row["shared"]))
    _refuse_taken(call, name, shared=shared, owner_id=row["owner_id"], but=row["id"])
    if columns:
        stored.update_perspective(call.tx, row["id"], columns)
    return {"ok": True}


@handles(contract.perspectives_delete, refuses=(RoleRequired,))
def delete(call: Call, body: FindPerspective) -> Done:
    """Delete a perspective; its tickets stay. Deleting what does not exist succeeds.

    Only an admin may delete a shared one.
    """
    row = stored.find_perspective(call.tx, body.perspective_id, call.caller.person_id)
    if row is not None:
        _refuse_built_in(row)
        refuse_shared(call, row["shared"])
        stored.delete_perspective(call.tx, row["id"])
    return {"ok": True}


def refuse_shared(call: Call, *shared: object) -> None:
    """Raise RoleRequired where any of these flags is true and the caller is not an admin."""
    if any(shared) and call.caller.role < Role.ADMIN:
        raise RoleRequired(Role.ADMIN.name.lower())


def _columns(members: dict[str, Any]) -> dict[str, Any]:
    """The members as columns: arrays become JSON. Raises ValidationFailed."""
    perspective_fields.check(members.get("conditions", ()), members.get("orders", ()))
    return {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in members.items()
    }


def _refuse_built_in(row: Row) -> None:
    if row["built_in"]:
        sentence = f"The perspective '{row['name']}' is built in and stays as it is."
        raise ValidationFailed.of("perspective_id", sentence)


def _refuse_taken(call: Call, name: str, *, shared: bool, owner_id: int, but: int = 0) -> None:
    if stored.is_name_taken(call.tx, name, shared=shared, owner_id=owner_id, but=but):
        raise ValidationFailed.of("name", f"Perspective '{name}' already exists.")


def _perspective(row: Row) -> Perspective:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "shared": bool(row["shared"]),
        "owner": row["owner"],
        "built_in": bool(row["built_in"]),
        "display_mode": row["display_mode"],
        "show_in_crm": bool(row["show_in_crm"]),
        "conditions": json.loads(row["conditions"]),
        "orders": json.loads(row["orders"]),
    }
