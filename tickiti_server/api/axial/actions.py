"""Actions of skills: what the vendor's assistant may do. The server keeps them and runs none."""

from collections.abc import Mapping
from typing import Any

from tickiti_server.api.axial.bodies.skills import HANDLERS, ActionBody

_DEFAULTS: Mapping[str, Any] = {
    "parameters": {}, "requires_confirmation": False, "enabled": True, "ordinal": 0,
    "timeout_ms": None, "prefetch": False, "prefetch_params": {},
}  # fmt: skip

_NEEDED = ("description", "handler_type", "handler_ref", "permission")


def merged(body: ActionBody, present: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The whole action once the members of a body have replaced the present ones.

    The members that a new action needs and does not have are missing.
    """
    before = _DEFAULTS if present is None else present
    return {**before, **body.model_dump(exclude_none=True)}


def faults(action: Mapping[str, Any], *, where: str) -> dict[str, list[str]]:
    """The bad fields of a whole action, by their paths in the request."""
    errors = {
        f"{where}.{name}": [f"The {where}.{name} field is required for a new action."]
        for name in _NEEDED
        if name not in action
    }
    if action.get("handler_type") == "local":
        if action.get("handler_ref", HANDLERS[0]) not in HANDLERS:
            known = ", ".join(HANDLERS)
            sentence = f"There is no local handler '{action['handler_ref']}'; use one of {known}."
            errors[f"{where}.handler_ref"] = [sentence]
        if action["timeout_ms"] is not None:
            sentence = f"The {where}.timeout_ms field is for remote handlers alone."
            errors[f"{where}.timeout_ms"] = [sentence]
    return errors
