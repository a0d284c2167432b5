"""Translates PostgreSQL's errors by SQLSTATE, and says which transactions may run again."""

import logging

import psycopg
from psycopg import errors

from tickiti_cli.contract.errors import (
    ApiError,
    Overloaded,
    StorageFull,
    StorageUnavailable,
    ValidationFailed,
)
from tickiti_server.store.interface import NAME_TAKEN

READ_SECONDS = 5
"""Longer reads are cancelled, as on every database."""

LOCK_SECONDS = 5
"""How long a write waits for a row of another, a key included."""

WRITE_SECONDS = 30
"""The same of one statement of a write."""

WRITE_TOO_LONG = f"A write took longer than {WRITE_SECONDS} seconds; nothing was changed."

SEARCH_TOO_LONG = (
    f"The search took longer than {READ_SECONDS} seconds. Narrow it: name a queue, a status or "
    "days too, and look for fewer words."
)

NOT_AVAILABLE = "The database is not available; nothing was changed."

RUN_AGAIN = (
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
)
"""Another transaction has won. The second run finds its row and raises the error of its own."""

TAKEN_AWAY = ("42501", "42P01", "42883", "3F000")
"""Rights, tables, functions and a schema that were there at the start. An administrator takes them
away and brings them back, as pg_restore does."""

logger = logging.getLogger("tickiti.store")


class CommitUnknown(Exception):
    """The reply to COMMIT was lost: the key of a retry finds out what happened."""


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone: closed, refused, shut down, or on a standby."""
    state = error.sqlstate or ""
    if error.diag.severity_nonlocalized in ("FATAL", "PANIC"):  # the last word of a session
        return True
    if isinstance(error, psycopg.OperationalError) and not state:
        return True
    return state.startswith("08") or state in ("57P01", "57P02", "57P03", "25006")


def reason(error: psycopg.Error) -> str:
    """What an error says, in one line without a full stop. What PostgreSQL adds is left out: the
    statement of a function, and the row that it is about, which holds what a customer wrote."""
    said = error.diag.message_primary or str(error)
    return " ".join(said.split()).rstrip(".") or type(error).__name__


def storage_error(error: psycopg.Error, *, too_long: str = SEARCH_TOO_LONG) -> Exception:
    """The error that a client gets; `too_long` is the sentence of a statement that was cancelled.
    What is a bug stays as it is."""
    if is_lost(error):  # outside of a COMMIT, which raises CommitUnknown
        return StorageUnavailable(NOT_AVAILABLE, retry_after=1)
    if isinstance(error, errors.QueryCanceled):
        return Overloaded(too_long, retry_after=1)
    return _by_state(error) or error


def _by_state(error: psycopg.Error) -> ApiError | None:
    state = error.sqlstate or ""
    if state == "53100":
        return StorageFull(retry_after=5)
    if state in ("55P03", "53300", "53200") or isinstance(error, RUN_AGAIN[2:]):
        return Overloaded("Other requests hold the same rows; nothing was changed.", retry_after=1)
    if isinstance(error, RUN_AGAIN):
        return ValidationFailed(NAME_TAKEN)
    if state in TAKEN_AWAY:
        logger.error("the database cannot be used: %s", error.diag.message_primary)
        return StorageUnavailable(NOT_AVAILABLE, retry_after=5)
    return StorageUnavailable(retry_after=1) if state.startswith("58") else None
