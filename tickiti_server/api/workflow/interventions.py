"""Interventions: the decisions that another system can ask for, and the tokens of those systems.

Rule: a token is returned when it is made, and never again.
"""

import json
from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract import webhooks
from tickiti_cli.contract.errors import (
    Conflict,
    InterventionNotFound,
    QueueNotFound,
    TemplateSyntax,
    ValidationFailed,
)
from tickiti_cli.contract.placeholders import parse
from tickiti_cli.contract.v1 import workflow
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.workflow.bodies.interventions import (
    CreateIntervention,
    FindIntervention,
    GeneratedToken,
    GenerateToken,
    Intervention,
    InterventionCreated,
    InterventionField,
    Interventions,
    UpdateIntervention,
)
from tickiti_server.clock import DAY
from tickiti_server.delivery.callback.destinations import Destination, allowed_hosts, refusal_reason
from tickiti_server.store.access import settings
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import interventions as stored
from tickiti_server.store.outgoing import outbox, reviews

OVERLAP = DAY
"""Time for which a replaced token still signs, so that the new one can be installed."""


@handles(workflow.interventions_index)
def index(call: Call) -> Interventions:
    """List the interventions, without their secrets."""
    return {"interventions": [_intervention(row) for row in stored.list_interventions(call.tx)]}


@handles(workflow.interventions_create, refuses=(QueueNotFound, TemplateSyntax))
def create(call: Call, body: CreateIntervention) -> InterventionCreated:
    """Create an intervention.

    Its tickets start with the templates `<name>.private`, which must exist, and `<name>.public`;
    `<name>.final` is posted when the other system has accepted the decision.
    """
    columns = _columns(call, body)
    _check(call, columns)
    columns |= {"remote_disabled_reason": None}
    intervention_id = stored.insert_intervention(call.tx, columns, now=call.now)
    return {"ok": True, "intervention_id": str(intervention_id)}


@handles(
    workflow.interventions_update, refuses=(QueueNotFound, InterventionNotFound, TemplateSyntax)
)
def update(call: Call, body: UpdateIntervention) -> Done:
    """Update an intervention. Its undelivered webhooks go to the new URL at once."""
    row = found(call, body.intervention_id)
    changes = _columns(call, body) | dict.fromkeys(body.cleared)
    columns = {name: row[name] for name in stored.COLUMNS} | changes
    _check(call, columns, intervention_id=row["id"])
    if changes.keys() & {"remote_enabled", "remote_epilog_url"}:
        changes["remote_disabled_reason"] = None
        _deliver_again(call, row["id"], columns["remote_epilog_url"])
    if changes:
        stored.update_intervention(call.tx, row["id"], changes)
    return DONE


@handles(workflow.interventions_delete, refuses=(Conflict,))
def delete(call: Call, body: FindIntervention) -> Done:
    """Delete an intervention without open requests or webhooks.

    Deleting an unknown one succeeds.
    """
    row = stored.find_intervention(call.tx, body.intervention_id)
    if row is None:
        return DONE
    stored.lock_intervention(call.tx, row["id"])
    waiting = {
        "tickets to decide": reviews.count_undecided(call.tx, row["id"]),
        "callbacks to deliver": reviews.count_undelivered(call.tx, row["id"]),
    }
    if told := " and ".join(f"{count} {what}" for what, count in waiting.items() if count):
        raise Conflict(f"Intervention '{row['name']}' still has {told}.")
    stored.delete_intervention(call.tx, row["id"])
    return DONE


@handles(workflow.interventions_generate_token, refuses=(InterventionNotFound,))
def generate_token(call: Call, body: GenerateToken) -> GeneratedToken:
    """Create the secret that signs an intervention's webhooks; it is shown only once.

    The previous secret also signs for 24 hours.
    """
    row = found(call, body.intervention_id)
    token = webhooks.new_secret()
    stored.replace_secret(
        call.tx,
        row["id"],
        remote_name=body.remote_name,
        secret=token,
        now=call.now,
        until=call.now + OVERLAP,
    )
    return {"token": token}


def found(call: Call, intervention_id: int) -> Row:
    row = stored.find_intervention(call.tx, intervention_id)
    if row is None:
        raise InterventionNotFound(str(intervention_id), field="intervention_id")
    return row


def fields_of(row: Row) -> list[InterventionField]:
    """The form of an intervention."""
    return [InterventionField.model_construct(**field) for field in json.loads(row["fields"])]


def _columns(call: Call, body: CreateIntervention | UpdateIntervention) -> dict[str, Any]:
    """The members of the body as columns."""
    given = body.model_dump(
        mode="json", exclude={"intervention_id", "cleared"}, exclude_none=_is_update(body)
    )
    if "queue_name" in given:
        given["queue_id"] = _queue_id(call, given.pop("queue_name"))
    if "fields" in given:
        given["fields"] = json.dumps(given["fields"])
    return given


def _is_update(body: CreateIntervention | UpdateIntervention) -> bool:
    return isinstance(body, UpdateIntervention)


def _queue_id(call: Call, name: str) -> int:
    queue = queues.find_queue_by_name(call.tx, name)
    if queue is None:
        raise QueueNotFound(name)
    return int(queue["id"])


def _check(call: Call, columns: Mapping[str, Any], *, intervention_id: int | None = None) -> None:
    """Raises ValidationFailed or TemplateSyntax where the columns make no valid intervention."""
    namesake = stored.find_intervention_by_name(call.tx, columns["name"])
    if namesake is not None and namesake["id"] != intervention_id:
        raise ValidationFailed.of("name", f"Intervention '{columns['name']}' already exists.")
    names: set[str] = set()
    for at, field in enumerate(json.loads(columns["fields"])):
        parse(field["label"], field=f"fields.{at}.label")
        if field["name"] in names:
            raise ValidationFailed.of(
                f"fields.{at}.name", f"There are two fields '{field['name']}'."
            )
        names.add(field["name"])
    url = columns["remote_epilog_url"]
    if columns["remote_enabled"] and not url:
        sentence = "The remote_epilog_url field is required when remote_enabled is on."
        raise ValidationFailed.of("remote_epilog_url", sentence)
    allowed = allowed_hosts(settings.find_setting(call.tx, settings.CALLBACK_HOSTS))
    if url and (why := refusal_reason(Destination.of(url), allowed)):
        raise ValidationFailed.of("remote_epilog_url", f"The remote_epilog_url field {why}.")


def _deliver_again(call: Call, intervention_id: int, url: str | None) -> None:
    if url is None:
        return
    lane = Destination.of(url).lane
    outbox.add_lane(call.tx, lane)
    reviews.retarget_callbacks(call.tx, intervention_id, url=url, lane=lane, now=call.now)
    outbox.resume_lane(call.tx, lane)


def _intervention(row: Row) -> Intervention:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "title": row["title"],
        "queue_id": str(row["queue_id"]),
        "queue_name": row["queue_name"],
        "notify_inbox_managers": bool(row["notify_inbox_managers"]),
        "create_urgent": bool(row["create_urgent"]),
        "remote_timeout_seconds": row["remote_timeout_seconds"],
        "remote_enabled": bool(row["remote_enabled"]),
        "remote_epilog_url": row["remote_epilog_url"],
        "remote_name": row["remote_name"],
        "remote_disabled_reason": row["remote_disabled_reason"],
        "fields": json.loads(row["fields"]),
    }
