"""The text of an error: lines for a person, a JSON object for a program.

Rule: both name the outcome of the operation, and the command that finishes it.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.errors import ApiError, Unauthenticated
from tickiti_cli.control_characters import on_one_line
from tickiti_cli.errors import OutcomeUnknown, TickitiError, hint
from tickiti_cli.output.format import Record
from tickiti_cli.output.streams import redact_tokens

MOST_CHARACTERS = 4000
"""The most characters shown of one sentence of a server: a screen and a half."""

LAST_CHARACTERS = 500
"""How many of these are the end of the sentence."""

MOST_SENTENCES = 100
"""The most sentences shown of one reply. A server may name thousands of fields."""


def lines(error: TickitiError | ApiError) -> Iterator[str]:
    """The message, the sentence of each bad field, the outcome and the hint."""
    message = error.message if isinstance(error, TickitiError) else str(error)
    # A quoted value may have line breaks; who reads line by line would take its rest for an error.
    yield f"tickiti: {on_one_line(bounded(message))}"
    for sentence in islice(_sentences(error, message), MOST_SENTENCES):
        yield f"  {on_one_line(bounded(sentence))}"
    outcome = "" if error.is_of_many else _outcome_of(error)
    yield from filter(None, (outcome, *hint(error).splitlines()))


def _outcome_of(error: TickitiError | ApiError) -> str:
    if isinstance(error, OutcomeUnknown):  # no command can finish it exactly once
        return f"The outcome is unknown. Idempotency key: {error.idempotency_key}."
    return doubt(error.outcome, error.idempotency_key, error.operation)


def bounded(text: str) -> str:
    """The text, shortened in the middle if it has more than MOST_CHARACTERS.

    The end stays, because the reason follows a long quoted value.
    """
    if len(text) <= MOST_CHARACTERS:
        return text
    # Tokens go first: half a token would not be recognised later.
    safe = redact_tokens(text)
    begin, end = safe[: MOST_CHARACTERS - LAST_CHARACTERS], safe[-LAST_CHARACTERS:]
    return f"{begin} ... {end} ({len(text)} characters)"


def _sentences(error: object, message: str) -> Iterator[str]:
    """The sentences that the message lacks: those of flags, else each with the name of its
    member."""
    told = getattr(error, "explained", ()) or (
        f"{bounded(name)}: {sentence}"
        for name, sentences in getattr(error, "errors", {}).items()
        for sentence in sentences
        if sentence not in message
    )
    yield from (sentence for sentence in told if sentence not in message)


def members(error: TickitiError | ApiError) -> dict[str, Any]:
    """The error as a JSON object, without the members that have no value."""
    found: dict[str, Any] = {
        "code": error.code,
        "status": error.status if isinstance(error, ApiError) else None,
        "message": bounded(error.message),
        "errors": dict(getattr(error, "errors", {})) or None,
        "hint": hint(error) or None,
        "retryable": getattr(error, "retryable", False),
        "outcome": error.outcome,
        "idempotency_key": error.idempotency_key,
        "operation": error.operation,
        "request_id": error.request_id if isinstance(error, ApiError) else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def doubt(outcome: str, key: str | None, operation: str | None) -> str:
    """The outcome of a write, and the command that finishes it; empty if nothing was done.

    `key` is the idempotency key, `operation` the write's open entry in the journal.
    """
    unknown = "The outcome is unknown."
    if operation:
        known = unknown if outcome == "unknown" else "Nothing was done."
        resume = f"To finish it exactly once: tickiti op resume {operation}"
        return f"{known} Idempotency key: {key}. {resume}"
    if outcome == "applied":
        return "The operation was applied." + (f" Idempotency key: {key}." if key else "")
    if outcome != "unknown":
        return ""
    if key is None:
        return unknown
    return f"{unknown} Repeat the command with --idempotency-key {key} to finish it exactly once."


def name_rejected_token(error: Any, config: Config) -> None:
    """Tells which server rejects the token, and that the token has expired if its stored end has
    passed. A reason that the server gives stays."""
    if error.code != Unauthenticated.code or error.message != Unauthenticated.sentence:
        return
    from tickiti_cli.config.token_expiry import ends_soon  # noqa: PLC0415 - of a 401 alone

    connection, end = config.connection, ends_soon(config.stored_expiry)
    error.message = f"{connection.base_url} rejects the token"
    if end.startswith("expired"):
        error.message += f": it {end}."
        error.hint = error.hint or f"Log in again: tickiti auth login -p {connection.profile}"
    else:
        error.message += ", which is mistyped, expired or revoked."


def untold(result: Record) -> str:
    """The sentence about a write whose reply lacks an id; empty where the reply has all."""
    lacking, key = getattr(result, "lacking", ()), result.get("idempotency_key")
    if not lacking:
        return ""
    said = f"Done, but the server's reply lacks: {', '.join(lacking)}."
    return f"{said} Idempotency key: {key}." if key else said
