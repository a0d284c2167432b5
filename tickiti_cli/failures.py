"""How a failure is told: lines for a person, members for a program.

The rule of this file: both say what became of the operation, and how to go on.
"""

from collections.abc import Iterator
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, hint


def lines(error: TickitiError | ApiError) -> Iterator[str]:
    message = error.message if isinstance(error, TickitiError) else str(error)
    yield f"tickiti: {message}"
    for name, sentences in getattr(error, "errors", {}).items():
        for sentence in sentences:
            if sentence not in message:
                yield f"  {name}: {sentence}"
    yield from filter(None, (_doubt(error), hint(error)))


def members(error: TickitiError | ApiError) -> dict[str, Any]:
    """The object of an error in JSON; members without a value are left out."""
    found: dict[str, Any] = {
        "code": error.code,
        "status": error.status if isinstance(error, ApiError) else None,
        "message": error.message,
        "errors": dict(error.errors) if isinstance(error, ApiError) and error.errors else None,
        "hint": hint(error) or None,
        "retryable": getattr(error, "retryable", False),
        "outcome": error.outcome,
        "idempotency_key": error.idempotency_key,
        "operation": error.operation,
        "request_id": error.request_id if isinstance(error, ApiError) else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _doubt(error: TickitiError | ApiError) -> str:
    if error.operation:
        known = "The outcome is unknown" if error.outcome == "unknown" else "Nothing was done"
        return (
            f"{known}. Its key is {error.idempotency_key}. To finish it exactly once: "
            f"tickiti op resume {error.operation}"
        )
    if error.outcome == "applied":
        known = f" Its key is {error.idempotency_key}." if error.idempotency_key else ""
        return f"What was asked for is done all the same.{known}"
    if error.outcome != "unknown" or not error.idempotency_key:
        return "The outcome is unknown." if error.outcome == "unknown" else ""
    return (
        "The outcome is unknown. Repeat the command with "
        f"--idempotency-key {error.idempotency_key} to finish it exactly once."
    )
