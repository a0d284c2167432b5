"""Errors on their way to the wire: pydantic's become ours, ours become the envelope."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from tickiti_cli.contract.errors import ApiError, MethodNotAllowed, ValidationFailed
from tickiti_server import strict_json

SHAPE = "shape:"
"""Begins the tag of a body's shape, which pydantic puts into the path of a field."""

_RULES = {
    "missing": "is required",
    "string_too_long": "may not be longer than {max_length} characters",
    "too_long": "may not have more than {max_length} items",
    "too_short": "must have at least {min_length} items",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_type": "must be a string",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}
"""Pydantic's error types that our models can give, in the contract's words."""


def validation_failed(error: ValidationError) -> ValidationFailed:
    """Every bad field at once, named by its path: `data.subject`, `criteria.0.mode`."""
    errors: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False, include_input=False):
        field = _field(problem["loc"])
        context = problem.get("ctx", {})
        rule = context.get("rule") or _RULES.get(problem["type"], "is not valid").format(**context)
        errors.setdefault(field, []).append(f"The {field} field {rule}.")
    first, *others = [sentence for sentences in errors.values() for sentence in sentences]
    more = f" (and {len(others)} more)" if others else ""
    return ValidationFailed(first + more, errors=errors)


def envelope(error: ApiError, request_id: str) -> bytes:
    """The body of a failure: sentence, stable code, bad fields, and whether to try again."""
    members: dict[str, Any] = {
        "ok": False,
        "error": error.message,
        "message": error.message,
        "code": error.code,
    }
    if error.errors:
        members["errors"] = {field: list(sentences) for field, sentences in error.errors.items()}
    members["request_id"] = request_id
    members["retryable"] = error.retryable
    return strict_json.encode(members)


def headers(error: ApiError) -> dict[str, str]:
    """The headers that belong to a failure besides those of every reply."""
    found: dict[str, str] = {}
    if error.retry_after is not None:
        found["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        found["Allow"] = ", ".join(error.allowed)
    if error.status == 401:
        found["WWW-Authenticate"] = "Bearer"
    return found


def _field(location: Sequence[int | str]) -> str:
    steps = [str(step) for step in location if not str(step).startswith(SHAPE)]
    return ".".join(steps) or "body"
