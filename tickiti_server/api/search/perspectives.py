"""Perspectives in the vendor's second generation of the API: saved views of the list of tickets.

The rule of this file: what a person does not see is, for that person, not there.
"""

import json
from typing import Any

from tickiti_cli.contract import settings as contract
from tickiti_cli.contract.errors import PerspectiveNotFound, ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families import perspective_fields
from tickiti_server.families.perspective_bodies import (
    CreatePerspective,
    FindPerspective,
    Perspective,
    PerspectiveCreated,
    Perspectives,
    UpdatePerspective,
)
from tickiti_server.families.template_bodies import Done
from tickiti_server.handlers import handles
from tickiti_server.store import perspectives as stored
from tickiti_server.store.database import Row


@handles(contract.perspectives_index)
def index(call: Call) -> Perspectives:
    """List the perspectives: the shared ones and your own."""
    rows = stored.visible(call.tx, call.caller.person_id)
    return {"perspectives": [_perspective(row) for row in rows]}


@handles(contract.perspectives_create)
def create(call: Call, body: CreatePerspective) -> PerspectiveCreated:
    """Save a view of the list of tickets: which ones it has, and in what order."""
    columns = _columns(body.model_dump())
    owner_id = call.caller.person_id
    _refuse_taken(call, body.name, shared=body.shared, owner_id=owner_id)
    perspective_id = stored.insert(call.tx, **columns, owner_id=owner_id)
    return {"perspective_id": str(perspective_id)}


@handles(contract.perspectives_update, refuses=(PerspectiveNotFound,))
def update(call: Call, body: UpdatePerspective) -> Done:
    """Change a perspective."""
    row = stored.find(call.tx, body.perspective_id, call.caller.person_id)
    if row is None:
        raise PerspectiveNotFound(str(body.perspective_id))
    _refuse_built_in(row)
    columns = _columns(body.model_dump(exclude_none=True, exclude={"perspective_id"}))
    name, shared = columns.get("name", row["name"]), columns.get("shared", bool(row["shared"]))
    _refuse_taken(call, name, shared=shared, owner_id=row["owner_id"], but=row["id"])
    if columns:
        stored.update(call.tx, row["id"], columns)
    return {"ok": True}


@handles(contract.perspectives_delete)
def delete(call: Call, body: FindPerspective) -> Done:
    """Delete a perspective; its tickets stay. Deleting what does not exist succeeds."""
    row = stored.find(call.tx, body.perspective_id, call.caller.person_id)
    if row is not None:
        _refuse_built_in(row)
        stored.delete(call.tx, row["id"])
    return {"ok": True}


def _columns(members: dict[str, Any]) -> dict[str, Any]:
    """Members as the table keeps them. Raises ValidationFailed."""
    perspective_fields.check(members.get("conditions", ()), members.get("orders", ()))
    return {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in members.items()
    }


def _refuse_built_in(row: Row) -> None:
    if row["built_in"]:
        sentence = f"The perspective '{row['name']}' is built in and stays as it is."
        raise ValidationFailed(sentence, errors={"perspective_id": [sentence]})


def _refuse_taken(call: Call, name: str, *, shared: bool, owner_id: int, but: int = 0) -> None:
    if stored.is_taken(call.tx, name, shared=shared, owner_id=owner_id, but=but):
        sentence = f"There is a perspective '{name}' already."
        raise ValidationFailed(sentence, errors={"name": [sentence]})


def _perspective(row: Row) -> Perspective:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "shared": bool(row["shared"]),
        "owner": row["owner"],
        "conditions": json.loads(row["conditions"]),
        "orders": json.loads(row["orders"]),
        "show_in_crm": bool(row["show_in_crm"]),
    }
