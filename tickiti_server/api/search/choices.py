"""The values that a ticket's attributes can have: queues, teams, staff and resolutions.

Rule: the values are for staff. A caller who is not staff gets empty lists of queues, teams and
staff.
"""

from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.search.bodies.choices import (
    ListStaff,
    QueueChoice,
    QueueChoices,
    ResolutionChoices,
    StaffChoices,
    TeamChoices,
    TeamMember,
)
from tickiti_server.store.helpdesk import resolutions as stored_resolutions
from tickiti_server.store.helpdesk import teams as stored_teams
from tickiti_server.store.interface import Row
from tickiti_server.store.search import choices as stored


@handles(v1.queues)
def queues(call: Call) -> QueueChoices:
    """List the queues that you may view, with your rights in each."""
    if not rights.sees_notes(call):
        return {"queues": []}
    is_exempt = call.caller.is_exempt
    rows = stored.list_queues_with_rights(call.tx, call.caller.person_id)
    seen = [row for row in rows if is_exempt or row["can_view"]]
    return {"queues": [_queue(row, may_all=is_exempt) for row in seen]}


@handles(v1.teams)
def teams(call: Call) -> TeamChoices:
    """List the teams that a ticket can be assigned to, with their members."""
    if not rights.sees_notes(call):
        return {"teams": []}
    members: dict[int, list[TeamMember]] = {}
    for row in stored_teams.list_team_members(call.tx):
        members.setdefault(row["team_id"], []).append(_member(row))
    return {
        "teams": [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "members": members.get(row["id"], []),
                "key": _team_key(row["id"]),
                "members_key": f"team-and-members:{row['id']}",
            }
            for row in stored_teams.list_teams(call.tx)
        ]
    }


@handles(v1.staff)
def staff(call: Call, body: ListStaff) -> StaffChoices:
    """List the staff that a ticket can be assigned to, with the teams of each."""
    if not rights.sees_notes(call):
        return {"staff": []}
    keys: dict[int, list[str]] = {}
    for row in stored_teams.list_team_members(call.tx):
        keys.setdefault(row["id"], []).append(_team_key(row["team_id"]))
    rows = stored.list_staff(call.tx, body.search or "")
    return {"staff": [{**_member(row), "team_keys": keys.get(row["id"], [])} for row in rows]}


@handles(v1.resolutions)
def resolutions(call: Call) -> ResolutionChoices:
    """List the resolutions for closing a ticket; none without the plan feature."""
    if Plan.RESOLUTION_TRACKING in call.without_plans:
        return {"resolutions": []}
    return {
        "resolutions": [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "colour": row["colour"],
                "selectable": bool(row["selectable"]),
            }
            for row in stored_resolutions.list_resolutions(call.tx)
        ]
    }


def _queue(row: Row, *, may_all: bool) -> QueueChoice:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "built_in": bool(row["built_in"]),
        "track_resolutions": bool(row["track_resolutions"]),
        "is_parked": bool(row["is_parked"]),
        "can_manage": may_all or bool(row["can_manage"]),
        "can_delete": may_all or bool(row["can_delete"]),
    }


def _member(row: Row) -> TeamMember:
    return {"id": str(row["id"]), "name": row["name"], "email": row["email"]}


def _team_key(team_id: int) -> str:
    return f"team:{team_id}"
