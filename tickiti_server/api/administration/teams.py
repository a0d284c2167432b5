"""Teams: groups of staff that tickets are assigned to.

Rule: a team with tickets that are not closed cannot be deleted.
"""

from collections.abc import Sequence

from tickiti_cli.contract.errors import Conflict, ValidationFailed
from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.teams import (
    CreateTeam,
    FindTeam,
    TeamCreated,
    UpdateTeam,
)
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.search import choices
from tickiti_server.api.search.bodies.choices import TeamChoices
from tickiti_server.store.helpdesk import people
from tickiti_server.store.helpdesk import teams as stored


@handles(contract.teams_index)
def index(call: Call) -> TeamChoices:
    """List the teams with their members, the oldest first."""
    return choices.teams(call)


@handles(contract.teams_create)
def create(call: Call, body: CreateTeam) -> TeamCreated:
    """Create a team."""
    _refuse(call, body.name, body.user_ids or [])
    team_id = stored.insert_team(call.tx, body.name)
    stored.set_team_members(call.tx, team_id, body.user_ids or [])
    return {"ok": True, "team_id": str(team_id)}


@handles(contract.teams_update)
def update(call: Call, body: UpdateTeam) -> Done:
    """Rename a team or replace its staff."""
    row = stored.find_team(call.tx, body.team_id)
    if row is None:
        raise ValidationFailed.of("team_id", f"There is no team {body.team_id}.")
    _refuse(call, body.name, body.user_ids or [], but=body.team_id)
    if body.name is not None:
        stored.rename_team(call.tx, body.team_id, body.name)
    if body.user_ids is not None:
        stored.set_team_members(call.tx, body.team_id, body.user_ids)
    return DONE


@handles(contract.teams_delete, refuses=(Conflict,))
def delete(call: Call, body: FindTeam) -> Done:
    """Delete a team whose tickets are all closed; deleted tickets count.

    Deleting an unknown team succeeds.
    """
    if stored.has_unclosed_tickets(call.tx, body.team_id):
        raise Conflict(
            f"Team {body.team_id} has tickets that are not closed; close or reassign them first. "
            "Deleted tickets count: restore them to do so."
        )
    stored.delete_team(call.tx, body.team_id)
    return DONE


def _refuse(
    call: Call, name: str | None, user_ids: Sequence[int], *, but: int | None = None
) -> None:
    """Raise ValidationFailed for the name of another team, and for members who are not staff."""
    errors: dict[str, list[str]] = {}
    taken = None if name is None else stored.find_team_by_name(call.tx, name)
    if taken is not None and taken["id"] != but:
        errors["name"] = [f"Team '{name}' already exists."]
    for place, user_id in enumerate(user_ids):
        user = people.find_user(call.tx, user_id)
        if user is None or not user["role"]:
            errors[f"user_ids.{place}"] = [f"There is no staff user with the id {user_id}."]
    if errors:
        raise ValidationFailed.of_fields(errors)
