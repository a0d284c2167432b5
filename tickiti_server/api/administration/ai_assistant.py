"""The settings of the AI assistant. They are stored and shown, but have no effect, because the
bundled server runs no assistant.

Rule: the key of the assistant's service is never read back.
"""

from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.ai_assistant import Assistant, UpdateAssistant
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.store.access import system_settings as stored

DEFAULT_THRESHOLD = 90


@handles(contract.ai_index)
def index(call: Call) -> Assistant:
    """Show the assistant's settings, without its key."""
    found = stored.find_members(call.tx, stored.ASSISTANT)
    return {
        "ai_enabled": found.get("ai_enabled", False),
        "ai_auto_draft_inbound": found.get("ai_auto_draft_inbound", False),
        "ai_suggest_after_staff_reply": found.get("ai_suggest_after_staff_reply", False),
        "ai_auto_send": found.get("ai_auto_send", False),
        "ai_auto_send_threshold": found.get("ai_auto_send_threshold", DEFAULT_THRESHOLD),
        "ai_model": found.get("ai_model", ""),
        "ai_persona": found.get("ai_persona", ""),
        "ai_business_context": found.get("ai_business_context", ""),
        "ai_signature": found.get("ai_signature", ""),
        "ai_auto_signature": found.get("ai_auto_signature", ""),
        "ai_api_key_set": "ai_api_key" in found,
    }


@handles(contract.ai_update)
def update(call: Call, body: UpdateAssistant) -> Done:
    """Update the assistant's settings. A new key overrides `ai_api_key_clear`."""
    names = {"current_password", "ai_api_key_clear"}
    changes = body.model_dump(exclude_unset=True, exclude=names)
    if body.ai_api_key_clear:
        changes.setdefault("ai_api_key", None)
    stored.set_members(call.tx, stored.ASSISTANT, changes)
    return DONE
