"""Resolution categories of the v1 API: how tickets end, in queues that track resolutions."""

from tickiti_cli.contract.errors import Conflict, ResolutionNotFound, ValidationFailed
from tickiti_cli.contract.v1 import workflow as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Created, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.workflow.bodies.resolutions import (
    CreateResolution,
    FindResolution,
    ReorderResolutions,
    Resolution,
    UpdateResolution,
)
from tickiti_server.store.helpdesk import resolutions as stored
from tickiti_server.store.interface import Row


@handles(contract.resolutions_index)
def index(call: Call) -> list[Resolution]:
    """List the resolution categories in their order."""
    return [_resolution(row) for row in stored.list_resolutions(call.tx)]


@handles(contract.resolutions_create)
def create(call: Call, body: CreateResolution) -> Created:
    """Create a resolution category, at the end of the list."""
    _refuse_taken(call, body.name)
    resolution_id = stored.insert_resolution(call.tx, **body.model_dump())
    return {"ok": True, "id": str(resolution_id)}


@handles(contract.resolutions_update, refuses=(ResolutionNotFound,))
def update(call: Call, body: UpdateResolution) -> Done:
    """Change a resolution category, also for the tickets that have it."""
    row = stored.find_resolution(call.tx, body.id)
    if row is None:
        raise ResolutionNotFound(str(body.id), field="id")
    before = {"name": row["name"], "colour": row["colour"], "selectable": row["selectable"]}
    after = before | body.model_dump(exclude_none=True, exclude={"id"})
    _refuse_taken(call, after["name"], but=row["id"])
    stored.update_resolution(call.tx, row["id"], **after)
    return DONE


@handles(contract.resolutions_delete, refuses=(Conflict,))
def delete(call: Call, body: FindResolution) -> Done:
    """Delete an unused resolution category. Deleting an unknown one succeeds."""
    row = stored.find_resolution(call.tx, body.id)
    if row is None:
        return DONE
    tickets = stored.count_resolved_tickets(call.tx, row["id"])
    if tickets:
        many = "1 ticket has" if tickets == 1 else f"{tickets} tickets have"
        raise Conflict(f"{many} the resolution '{row['name']}'; set selectable to false instead.")
    stored.delete_resolution(call.tx, row["id"])
    return DONE


@handles(contract.resolutions_reorder)
def reorder(call: Call, body: ReorderResolutions) -> Done:
    """Reorder the resolution categories; the list names each exactly once."""
    known = [int(row["id"]) for row in stored.list_resolutions(call.tx)]
    if sorted(body.ids) != sorted(known):
        raise ValidationFailed.of("ids", "The ids field must name each category exactly once.")
    for position, resolution_id in enumerate(body.ids, start=1):
        stored.set_resolution_position(call.tx, resolution_id, position=position)
    return DONE


def _refuse_taken(call: Call, name: str, *, but: int | None = None) -> None:
    namesake = stored.find_resolution_by_name(call.tx, name)
    if namesake is not None and namesake["id"] != but:
        sentence = f"Resolution category '{namesake['name']}' already exists."
        raise ValidationFailed.of("name", sentence)


def _resolution(row: Row) -> Resolution:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "colour": row["colour"],
        "position": row["position"],
        "selectable": bool(row["selectable"]),
    }
