"""Actions of one skill in the v1 API: set and deleted one by one."""

from tickiti_cli.contract.errors import SkillNotFound, ValidationFailed
from tickiti_cli.contract.v1 import axial as contract
from tickiti_server.api.axial import actions, skills
from tickiti_server.api.axial.bodies.skills import DeleteAction, SkillShown, UpsertAction
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.store.axial import skills as stored


@handles(contract.skills_actions_upsert, refuses=(SkillNotFound,))
def upsert(call: Call, body: UpsertAction) -> SkillShown:
    """Add an action to a skill, or update an action."""
    row = skills.found(call, body.skill)
    present = {action["name"]: action for action in stored.list_actions(call.tx, row["id"])}
    action = actions.merged(body.action, present.get(body.action.name))
    errors = actions.faults(action, where="action")
    if errors:
        raise ValidationFailed.of_fields(errors)
    stored.set_action(call.tx, row["id"], action)
    return skills.shown(call, row["id"])


@handles(contract.skills_actions_delete, refuses=(SkillNotFound,))
def delete(call: Call, body: DeleteAction) -> SkillShown:
    """Delete an action of a skill. Deleting what does not exist succeeds."""
    row = skills.found(call, body.skill)
    stored.delete_action(call.tx, row["id"], body.name)
    return skills.shown(call, row["id"])
