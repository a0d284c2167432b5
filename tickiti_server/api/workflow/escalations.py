"""Escalation rules and business hours of the v1 API.

Rule: rules and hours are stored and shown; the bundled server escalates nothing.
"""

import json
from typing import Any, cast

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_cli.contract.v1 import workflow as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Created, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.workflow.bodies.business_hours import (
    DAYS,
    BusinessHours,
    HoursMode,
    UpdateBusinessHours,
)
from tickiti_server.api.workflow.bodies.escalations import (
    ASSIGNEE,
    CreateEscalation,
    Escalation,
    Escalations,
    FindEscalation,
    UpdateEscalation,
)
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Row
from tickiti_server.store.supervision import escalations as stored

BUSINESS_HOURS = "business_hours"
"""The setting that holds the business hours as a JSON object."""

_NINE, _FIVE = 9 * 60, 17 * 60

_WHEN_CLEARED = {"email": ASSIGNEE, "repeat_minutes": None}


@handles(contract.escalations_index)
def index(call: Call) -> Escalations:
    """List the escalation rules, shortest wait first, and the business hours.

    The rules are stored; the bundled server escalates nothing.
    """
    return {
        "escalations": [_escalation(row) for row in stored.list_escalations(call.tx)],
        "business_hours": cast(BusinessHours, _business_hours(call)),
    }


@handles(contract.escalations_create)
def create(call: Call, body: CreateEscalation) -> Created:
    """Create an escalation rule. It is stored; the bundled server escalates nothing."""
    escalation_id = stored.insert_escalation(call.tx, **body.model_dump(mode="json"))
    return {"ok": True, "id": str(escalation_id)}


@handles(contract.escalations_update)
def update(call: Call, body: UpdateEscalation) -> Done:
    """Change an escalation rule."""
    row = stored.find_escalation(call.tx, body.id)
    if row is None:
        raise ValidationFailed.of("id", f"There is no escalation rule {body.id}.")
    before = {column: row[column] for column in stored.COLUMNS}
    changes = body.model_dump(mode="json", exclude_none=True, exclude={"id", "cleared"})
    cleared = {name: _WHEN_CLEARED[name] for name in body.cleared}
    stored.update_escalation(call.tx, row["id"], **(before | changes | cleared))
    return DONE


@handles(contract.escalations_delete)
def delete(call: Call, body: FindEscalation) -> Done:
    """Delete an escalation rule. Deleting what does not exist succeeds."""
    stored.delete_escalation(call.tx, body.id)
    return DONE


@handles(contract.business_hours_update)
def update_business_hours(call: Call, body: UpdateBusinessHours) -> Done:
    """Update the business hours."""
    hours = _business_hours(call) | body.model_dump(mode="json", exclude_none=True)
    errors = {
        f"{name}_end": [f"The {name}_end field must be after {name}_start."]
        for name in ("simple", *DAYS)
        if hours[f"{name}_end"] <= hours[f"{name}_start"]
    }
    if errors:
        raise ValidationFailed.of_fields(errors)
    settings.set_setting(call.tx, BUSINESS_HOURS, json.dumps(hours))
    return DONE


def _business_hours(call: Call) -> dict[str, Any]:
    """The stored business hours; nine to five on the days from Monday to Friday before a change."""
    hours: dict[str, Any] = {"mode": HoursMode.SIMPLE.value}
    hours |= {f"{day}_enabled": day not in ("sat", "sun") for day in DAYS}
    for name in ("simple", *DAYS):
        hours |= {f"{name}_start": _NINE, f"{name}_end": _FIVE}
    hours |= json.loads(settings.find_setting(call.tx, BUSINESS_HOURS) or "{}")
    return hours


def _escalation(row: Row) -> Escalation:
    return {
        "id": str(row["id"]),
        "minutes": row["minutes"],
        "action": row["action"],
        "email": row["email"],
        "repeat_minutes": row["repeat_minutes"],
    }
