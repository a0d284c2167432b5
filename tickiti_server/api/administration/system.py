"""The settings of the system, and the licence, which for the bundled server has no end."""

from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.system import Licence, System, UpdateSystem
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.store.access import system_settings as stored


@handles(contract.system_index)
def index(call: Call) -> System:
    """Show the settings of the system."""
    found = stored.find_system_settings(call.tx)
    return {
        "permissions_model": found.permissions_model,
        "max_attachment_mb": found.max_attachment_mb,
        "notification_mode": found.notification_mode,
        "max_responses_in_mail": found.max_responses_in_mail,
        "sent_mail_retention_days": found.sent_mail_retention_days,
    }


@handles(contract.system_update)
def update(call: Call, body: UpdateSystem) -> Done:
    """Update the system settings. Existing rights of users stay as they are."""
    stored.set_system_settings(call.tx, body.model_dump(exclude_none=True))
    return DONE


@handles(contract.licence_index)
def licence(call: Call) -> Licence:
    """Show the plan and its features."""
    return {
        "plan": "bundled",
        "features": {plan.value: plan not in call.without_plans for plan in Plan},
        "staff_limit": None,
        "expires_at": None,
    }
