"""What decisions another system can ask for: the interventions themselves, and their tokens.

The rule of this file: a token is shown when it is made, and never again.
"""

import json
from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract import webhooks, workflow
from tickiti_cli.contract.errors import (
    Conflict,
    InterventionNotFound,
    QueueNotFound,
    TemplateSyntax,
    ValidationFailed,
)
from tickiti_cli.contract.placeholders import parse
from tickiti_server.call import DAY, Call
from tickiti_server.destinations import Destination, allowed_hosts, why_refused
from tickiti_server.families.intervention_bodies import (
    CreateIntervention,
    FindIntervention,
    GeneratedToken,
    GenerateToken,
    Intervention,
    InterventionField,
    Interventions,
    UpdateIntervention,
)
from tickiti_server.families.template_bodies import Done
from tickiti_server.handlers import handles
from tickiti_server.store import interventions as stored
from tickiti_server.store import outbox, queues, reviews, settings
from tickiti_server.store.database import Row

OVERLAP = DAY
"""How long a token that was replaced signs beside its successor: time to install that one."""

OK: Done = {"ok": True}


@handles(workflow.interventions_index)
def index(call: Call) -> Interventions:
    """List the interventions; never their tokens."""
    return {"interventions": [_intervention(row) for row in stored.every(call.tx)]}


@handles(workflow.interventions_create, refuses=(QueueNotFound, TemplateSyntax))
def create(call: Call, body: CreateIntervention) -> Done:
    """Define an intervention.

    Its tickets begin with the templates `<name>.private`, which there must be, and `<name>.public`;
    `<name>.final` is posted when the other side has taken the decision.
    """
    columns = _columns(call, body)
    _check(call, columns)
    stored.insert(call.tx, {**columns, "remote_disabled_reason": None}, now=call.now)
    return OK


@handles(
    workflow.interventions_update, refuses=(QueueNotFound, InterventionNotFound, TemplateSyntax)
)
def update(call: Call, body: UpdateIntervention) -> Done:
    """Change an intervention. What it still has to deliver goes to its new address at once."""
    row = found(call, body.intervention_id)
    changes = _columns(call, body) | dict.fromkeys(body.cleared)
    columns = {name: row[name] for name in stored.COLUMNS} | changes
    _check(call, columns, intervention_id=row["id"])
    if changes.keys() & {"remote_enabled", "remote_epilog_url"}:
        changes["remote_disabled_reason"] = None
        _deliver_again(call, row["id"], columns["remote_epilog_url"])
    if changes:
        stored.update(call.tx, row["id"], changes)
    return OK


@handles(workflow.interventions_delete, refuses=(Conflict,))
def delete(call: Call, body: FindIntervention) -> Done:
    """Delete an intervention that nothing waits for. Deleting what does not exist succeeds."""
    row = stored.find(call.tx, body.intervention_id)
    if row is None:
        return OK
    waiting = {
        "tickets to decide": reviews.undecided(call.tx, row["id"]),
        "callbacks to deliver": reviews.undelivered(call.tx, row["id"]),
    }
    if told := " and ".join(f"{count} {what}" for what, count in waiting.items() if count):
        raise Conflict(f"Intervention '{row['name']}' still has {told}.")
    stored.delete(call.tx, row["id"])
    return OK


@handles(workflow.interventions_generate_token, refuses=(InterventionNotFound,))
def generate_token(call: Call, body: GenerateToken) -> GeneratedToken:
    """Make the token that signs an intervention's callbacks; it is shown this once.

    The one before it signs beside it for another day, and then no more.
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
    row = stored.find(call.tx, intervention_id)
    if row is None:
        raise InterventionNotFound(str(intervention_id), field="intervention_id")
    return row


def fields_of(row: Row) -> list[InterventionField]:
    """The form of an intervention."""
    return [InterventionField.model_construct(**field) for field in json.loads(row["fields"])]


def _columns(call: Call, body: CreateIntervention | UpdateIntervention) -> dict[str, Any]:
    """What the body gives, as columns."""
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
    queue = queues.of_key(call.tx, name)
    if queue is None:
        raise QueueNotFound(name)
    return int(queue["id"])


def _check(call: Call, columns: Mapping[str, Any], *, intervention_id: int | None = None) -> None:
    """Raises what is wrong with an intervention as it would be."""
    namesake = stored.named(call.tx, columns["name"])
    if namesake is not None and namesake["id"] != intervention_id:
        raise _invalid("name", f"There is an intervention '{columns['name']}' already.")
    names: set[str] = set()
    for at, field in enumerate(json.loads(columns["fields"])):
        parse(field["label"], field=f"fields.{at}.label")
        if field["name"] in names:
            raise _invalid(f"fields.{at}.name", f"There are two fields '{field['name']}'.")
        names.add(field["name"])
    url = columns["remote_epilog_url"]
    if columns["remote_enabled"] and not url:
        sentence = "The remote_epilog_url field is required when remote_enabled is on."
        raise _invalid("remote_epilog_url", sentence)
    allowed = allowed_hosts(settings.find(call.tx, settings.CALLBACK_HOSTS))
    if url and (why := why_refused(Destination.of(url), allowed)):
        raise _invalid("remote_epilog_url", f"The remote_epilog_url field {why}.")


def _deliver_again(call: Call, intervention_id: int, url: str | None) -> None:
    if url is None:
        return
    lane = Destination.of(url).lane
    outbox.add_lane(call.tx, lane)
    reviews.retarget(call.tx, intervention_id, url=url, lane=lane, now=call.now)
    outbox.resume(call.tx, lane)


def _invalid(field: str, sentence: str) -> ValidationFailed:
    return ValidationFailed(sentence, errors={field: [sentence]})


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
