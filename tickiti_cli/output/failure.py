"""How a failure is told: lines for a person, members for a program.

The rule of this file: both say what became of the operation, and how to go on.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, hint
from tickiti_cli.streams import redacted

MOST_CHARACTERS = 4000
"""Of one sentence of a server: a screen and a half."""

LAST_CHARACTERS = 500
"""Of these, those that are kept of its end."""

MOST_SENTENCES = 100


def lines(error: TickitiError | ApiError) -> Iterator[str]:
    message = error.message if isinstance(error, TickitiError) else str(error)
    yield f"tickiti: {bounded(message)}"
    for name, sentence in islice(_sentences(error, message), MOST_SENTENCES):
        yield f"  {bounded(name)}: {bounded(sentence)}"
    told = "" if error.is_of_many else _doubt_of(error)
    yield from filter(None, (told, hint(error)))


def _doubt_of(error: TickitiError | ApiError) -> str:
    return doubt(error.outcome, error.idempotency_key, error.operation)


def bounded(text: str) -> str:
    """The text, cut where it has more than anybody reads. Its end is kept: where a long value is
    quoted, what is wrong with it follows. A token that the cut would shorten is taken out first:
    the rest of one is not known for one."""
    if len(text) <= MOST_CHARACTERS:
        return text
    known = redacted(text)
    begin, end = known[: MOST_CHARACTERS - LAST_CHARACTERS], known[-LAST_CHARACTERS:]
    return f"{begin} ... {end} ({len(text)} characters)"


def _sentences(error: object, message: str) -> Iterator[tuple[str, str]]:
    for name, sentences in getattr(error, "errors", {}).items():
        yield from ((name, sentence) for sentence in sentences if sentence not in message)


def members(error: TickitiError | ApiError) -> dict[str, Any]:
    """The object of an error in JSON; members without a value are left out."""
    found: dict[str, Any] = {
        "code": error.code,
        "status": error.status if isinstance(error, ApiError) else None,
        "message": bounded(error.message),
        "errors": dict(error.errors) if isinstance(error, ApiError) and error.errors else None,
        "hint": hint(error) or None,
        "retryable": getattr(error, "retryable", False),
        "outcome": error.outcome,
        "idempotency_key": error.idempotency_key,
        "operation": error.operation,
        "request_id": error.request_id if isinstance(error, ApiError) else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def doubt(outcome: str, key: str | None, operation: str | None) -> str:
    """What became of an operation with that key, and how to go on with it; empty where there is
    nothing to say. `operation` is its entry in the journal, while it is open."""
    unknown = "The outcome is unknown."
    if operation:
        known = unknown if outcome == "unknown" else "Nothing was done."
        return f"{known} Its key is {key}. To finish it exactly once: tickiti op resume {operation}"
    if outcome == "applied":
        return "What was asked for is done all the same." + (f" Its key is {key}." if key else "")
    if outcome != "unknown":
        return ""
    if key is None:
        return unknown
    return f"{unknown} Repeat the command with --idempotency-key {key} to finish it exactly once."
