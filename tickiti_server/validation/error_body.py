"""Errors on their way to the wire: pydantic's errors become ours, ours become the JSON envelope."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from tickiti_cli.contract.errors import ApiError, MethodNotAllowed, ValidationFailed
from tickiti_server.validation import strict_json

SHAPE = "shape:"
"""Prefix of the tag of a body's shape. Pydantic puts the tag into the path of a field, and `_field`
removes it."""

MOST_ERRORS = 100
"""Sentences of one failure. A last sentence says how many more errors there are."""

MOST_SENTENCE = 1000
MOST_FIELD = 200
"""Characters of a sentence and of a path. Both may quote the request, which may be long."""

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
"""The rule for each pydantic error type that our models can raise, in the contract's words."""


def validation_failed(error: ValidationError, *, prefix: str = "") -> ValidationFailed:
    """One error for every bad field, named by its path: `data.subject`, `criteria.0.mode`. At most
    MOST_ERRORS of them are named. `prefix` is the path of the object that was validated."""
    errors: dict[str, list[str]] = {}
    for problem in islice(error.errors(include_url=False, include_input=False), MOST_ERRORS):
        field = f"{prefix}{_field(problem['loc'])}"[:MOST_FIELD]
        rule = _rule(problem["type"], problem.get("ctx", {}))
        errors.setdefault(field, []).append(f"The {field} field {rule}.")
    first = next(iter(errors.values()))[0]
    others, unnamed = error.error_count() - 1, error.error_count() - MOST_ERRORS
    if unnamed > 0:
        errors.setdefault("body", []).append(_unnamed(unnamed))
    more = f" (and {others} more)" if others else ""
    return ValidationFailed(first + more, errors=errors)


def _rule(kind: str, context: Mapping[str, Any]) -> str:
    # Pydantic reports the length of a text that a validator of ours has read as that of a list.
    if kind == "too_long" and context["field_type"] == "Value":
        kind = "string_too_long"
    return context.get("rule") or _RULES.get(kind, "is not valid").format(**context)


def envelope(error: ApiError, request_id: str, *, is_v1: bool = False) -> bytes:
    """The JSON body of a failure: sentence, stable code, bad fields, and whether to retry.

    `error` holds the code on v1 paths and the sentence on all others (API contract, section 1).
    Sentences and their number are cut, so that the body stays small.
    """
    message = _cut(error.message, MOST_SENTENCE)
    members: dict[str, Any] = {
        "ok": False,
        "error": error.code if is_v1 else message,
        "message": message,
        "code": error.code,
    }
    if error.errors:
        members["errors"] = _few(error.errors)
    if error.data:
        members["data"] = error.data
    members["request_id"] = request_id
    members["retryable"] = error.retryable
    return strict_json.encode(members)


def _few(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The first MOST_ERRORS sentences, and one that counts the others."""
    count = sum(map(len, errors.values()))
    left = count if count <= MOST_ERRORS + 1 else MOST_ERRORS
    unnamed = count - left
    told: dict[str, list[str]] = {}
    for field, sentences in errors.items():
        if few := [_cut(sentence, MOST_SENTENCE) for sentence in sentences[:left]]:
            told.setdefault(_cut(field, MOST_FIELD), []).extend(few)
        left -= len(few)
        if not left:
            break
    if unnamed:
        told.setdefault("body", []).append(_unnamed(unnamed))
    return told


def _unnamed(count: int) -> str:
    return f"There are {count} more errors, which are not listed."


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."


def headers(error: ApiError) -> dict[str, str]:
    """The headers of a failure, in addition to those of every reply."""
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
