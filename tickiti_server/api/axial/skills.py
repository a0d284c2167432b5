"""Skills of the vendor's assistant in the v1 API. They are kept and shown; the server runs none."""

import json
from typing import Any

from tickiti_cli.contract.errors import SkillNotFound, SkillReserved, ValidationFailed
from tickiti_cli.contract.v1 import axial as contract
from tickiti_server.api.axial import actions
from tickiti_server.api.axial.bodies.skills import (
    COMPOSITIONS,
    HANDLERS,
    PERMISSIONS,
    ActionBody,
    CreateSkill,
    FindSkill,
    Skill,
    SkillDeleted,
    SkillMembers,
    SkillOptions,
    SkillRow,
    Skills,
    SkillShown,
    UpdateSkill,
)
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.store.axial import skills as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.texts import stock_responses
from tickiti_server.validation.fields import MOST_INTEGER

_FIELDS = tuple(CreateSkill.model_fields)
_KEPT = ("key", "title", "description", "triggers", "composition", "ordinal", "parent_key")
"""The members of a skill that its row holds as they are."""


@handles(contract.skills_index)
def index(call: Call) -> Skills:
    """List the skills by ordinal and key, without their instructions and actions."""
    return {"skills": [_listed(row) for row in stored.list_skills(call.tx)]}


@handles(contract.skills_show, refuses=(SkillNotFound,))
def show(call: Call, body: FindSkill) -> SkillShown:
    """Show a skill with its instructions and actions."""
    return shown(call, found(call, body.skill)["id"])


@handles(contract.skills_options)
def options(_call: Call) -> SkillOptions:
    """List the values that skills and actions accept."""
    return {
        "handlers": [*HANDLERS],
        "permissions": [*PERMISSIONS],
        "compositions": [*COMPOSITIONS],
        "skill_fields": [*_FIELDS],
        "action_fields": [*ActionBody.model_fields],
    }


@handles(contract.skills_create)
def create(call: Call, body: CreateSkill) -> SkillShown:
    """Create a skill with its actions: all of them, or nothing.

    The bundled server stores skills and runs none.
    """
    columns = body.model_dump(exclude={"actions"})
    errors = _faults(call, columns)
    wanted = [actions.merged(action) for action in body.actions]
    for place, action in enumerate(wanted):
        errors |= actions.faults(action, where=f"actions.{place}")
        if action["name"] in [other["name"] for other in wanted[:place]]:
            field = f"actions.{place}.name"
            errors[field] = [f"The {field} field repeats '{action['name']}'."]
    if errors:
        raise ValidationFailed.of_fields(errors)
    skill_id = stored.insert_skill(call.tx, _columns(columns))
    for action in wanted:
        stored.set_action(call.tx, skill_id, action)
    return shown(call, skill_id)


@handles(contract.skills_update, refuses=(SkillNotFound, SkillReserved))
def update(call: Call, body: UpdateSkill) -> SkillShown:
    """Update a skill. Omitted fields stay as they are."""
    row = found(call, body.skill)
    changes = body.model_dump(exclude={"skill", "leaves_parent"}, exclude_none=True)
    if body.leaves_parent:
        changes["parent_key"] = None
    if row["reserved"] and changes.get("key", row["key"]) != row["key"]:
        raise SkillReserved(row["key"], field="key")
    errors = _faults(call, changes, row=row)
    if errors:
        raise ValidationFailed.of_fields(errors)
    stored.update_skill(call.tx, row["id"], _columns(changes))
    if "key" in changes:
        stored.move_children(call.tx, row["key"], to=changes["key"])
    return shown(call, row["id"])


@handles(contract.skills_delete, refuses=(SkillNotFound, SkillReserved))
def delete(call: Call, body: FindSkill) -> SkillDeleted:
    """Delete a skill and its actions. Its child skills are kept."""
    row = found(call, body.skill)
    if row["reserved"]:
        raise SkillReserved(row["key"])
    stored.delete_skill(call.tx, row["id"])
    stored.move_children(call.tx, row["key"], to=None)
    return {"deleted": True}


def found(call: Call, skill: str) -> Row:
    """The row of a skill by its key or its id. Raises SkillNotFound."""
    row = None
    if skill.isascii() and skill.isdigit():
        row = stored.find_skill(call.tx, int(skill)) if int(skill) <= MOST_INTEGER else None
    else:
        row = stored.find_skill_by_key(call.tx, skill.lower())  # as every key is
    if row is None:
        raise SkillNotFound(skill)
    return row


def shown(call: Call, skill_id: int) -> SkillShown:
    """The whole skill as a reply has it."""
    row = stored.find_skill(call.tx, skill_id)
    assert row is not None
    own: Any = stored.list_actions(call.tx, skill_id)
    skill: Skill = {**_members(row), "instructions": row["instructions"], "actions": own}
    return {"skill": skill}


def _faults(call: Call, columns: dict[str, Any], *, row: Row | None = None) -> dict[str, list[str]]:
    """The bad fields that only the database knows: a taken key, an unknown parent or citation."""
    errors: dict[str, list[str]] = {}
    own_id = row["id"] if row else None
    key = columns.get("key")
    namesake = stored.find_skill_by_key(call.tx, key) if key else None
    if namesake is not None and namesake["id"] != own_id:
        errors["key"] = [f"Skill '{key}' already exists."]
    parent = columns.get("parent_key")
    if parent is not None and not _may_be_parent(call, parent, own_id):
        errors["parent_key"] = [f"There is no skill '{parent}' that could be the parent."]
    for place, identifier in enumerate(columns.get("citation_set", ())):
        if stock_responses.find_stock_response_by_identifier(call.tx, identifier) is None:
            sentence = f"There is no stock response '{identifier}'."
            errors[f"citation_set.{place}"] = [sentence]
    return errors


def _may_be_parent(call: Call, key: str, own_id: int | None) -> bool:
    """Whether there is such a skill, and it does not belong to the skill of `own_id`."""
    while True:
        row = stored.find_skill_by_key(call.tx, key)
        if row is None or row["id"] == own_id:
            return False
        if row["parent_key"] is None:
            return True
        key = row["parent_key"]


def _columns(members: dict[str, Any]) -> dict[str, Any]:
    """The members as columns: the citations become JSON."""
    if "citation_set" not in members:
        return members
    return {**members, "citation_set": json.dumps(members["citation_set"])}


def _members(row: Row) -> SkillMembers:
    members: Any = {
        **{name: row[name] for name in _KEPT},
        "id": str(row["id"]),
        "citation_set": json.loads(row["citation_set"]),
        "enabled": bool(row["enabled"]),
        "reserved": bool(row["reserved"]),
    }
    return members  # type: ignore[no-any-return]


def _listed(row: Row) -> SkillRow:
    return {**_members(row), "action_count": row["action_count"]}
