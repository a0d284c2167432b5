"""The failures of each endpoint, as the row and the handler say, and as the server would send them.

The rule of this file: a failure's example is the envelope that the server itself makes of it.
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.endpoint import Access, Endpoint, Key
from tickiti_cli.contract.errors import (
    BY_CODE,
    ApiError,
    BadRequest,
    Forbidden,
    HeaderTooLarge,
    InterventionNotFound,
    InterventionUidExists,
    InvalidJson,
    KeyConflict,
    KeyInProgress,
    KeyInvalid,
    KeyMissing,
    MailboxNotFound,
    MethodNotAllowed,
    MissingAbility,
    NotFound,
    Overloaded,
    PayloadTooLarge,
    PerspectiveNotFound,
    PlanRequired,
    QueueNotFound,
    RateLimited,
    RequestTimeout,
    RoleRequired,
    ServerError,
    StorageFull,
    StorageUnavailable,
    TemplateDataMissing,
    TemplateNotFound,
    TemplateSyntax,
    TicketNotFound,
    TokenInUse,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)
from tickiti_server import failures
from tickiti_server.handlers import Handler
from tickiti_server.schemas import Schema
from tickiti_server.settings import Settings

REQUEST_ID = "5f0c21aa-1c3"

_ORIGINATOR = "originator_email_address"
_REQUIRED = f"The {_ORIGINATOR} field is required."

SAMPLES: tuple[ApiError, ...] = (
    KeyInProgress(retry_after=1),
    InterventionNotFound("shoe-warranty"),
    InterventionUidExists("SP-2412-0489", 220009),
    MailboxNotFound("Support"),
    MethodNotAllowed("GET", ("POST",)),
    MissingAbility(["create-ticket"]),
    Overloaded(retry_after=1),
    PayloadTooLarge.over(Settings(database=Path()).most_body),
    PerspectiveNotFound("7"),
    PlanRequired("has_reports"),
    QueueNotFound("Marketing"),
    RateLimited(retry_after=12),
    RoleRequired("admin"),
    StorageFull(retry_after=5),
    StorageUnavailable(retry_after=1),
    TemplateDataMissing(["order.id"]),
    TemplateNotFound("order-shipped"),
    TemplateSyntax("content", 1, 6, "'{{' is never closed"),
    TicketNotFound(220009),
    TokenInUse(14, last_used_at="2026-05-01T09:14:02+00:00", seconds=3600),
    ValidationFailed(_REQUIRED, errors={_ORIGINATOR: [_REQUIRED]}),
)
"""Those that say more than their class does by itself."""


class Failure(TypedDict):
    """What every failure looks like."""

    ok: Literal[False]
    error: Annotated[str, Field(description="A sentence for a person.")]
    message: Annotated[str, Field(description="The same sentence.")]
    code: Annotated[str, Field(description="Stable: what a program decides by.")]
    errors: NotRequired[
        Annotated[
            dict[str, list[str]], Field(description="Every bad field at once, with its sentences.")
        ]
    ]
    request_id: Annotated[str, Field(description="The same as X-Request-Id.")]
    retryable: Annotated[
        bool, Field(description="Whether the very same request may succeed later.")
    ]


def every_failure() -> list[ApiError]:
    """One of each code, by status."""
    samples = {error.code: error for error in SAMPLES}
    found = [samples.get(code) or error() for code, error in BY_CODE.items()]
    return sorted(found, key=lambda error: error.status)


def failures_of(handler: Handler) -> list[ApiError]:
    """What an endpoint may answer, by status."""
    row = handler.row
    codes = {error.code for error in (*_of_every_request(row), *_of_the_row(row))}
    codes |= {error.code for error in handler.refuses}
    codes |= {ValidationFailed.code} if handler.body is not None else set()
    return [_for_row(error, row) for error in every_failure() if error.code in codes]


def replies(found: Iterable[ApiError], shared: dict[str, Schema]) -> dict[str, Schema]:
    """The replies of these failures by their status: references to `shared`, which grows, but for
    those that only this endpoint gives."""
    by_status: dict[str, Schema] = {}
    for status, group in groupby(found, key=lambda error: error.status):
        errors = [*group]
        by_status[str(status)] = reply = _reply(status, errors)
        if not any(isinstance(error, Forbidden) for error in errors):
            name = ".".join(error.code for error in errors)
            shared[name] = reply
            by_status[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return by_status


def _of_every_request(row: Endpoint) -> Iterable[type[ApiError]]:
    yield from (BadRequest, InvalidJson, RequestTimeout, PayloadTooLarge, UnsupportedMediaType)
    yield from (RateLimited, HeaderTooLarge, ServerError, StorageUnavailable, Overloaded)
    if row.access is not Access.PUBLIC:
        yield Unauthenticated


def _of_the_row(row: Endpoint) -> Iterable[type[ApiError]]:
    if row.access is Access.ABILITY:
        yield MissingAbility
    if row.role:
        yield RoleRequired
    if row.plans:
        yield PlanRequired
    if row.params:
        yield NotFound
    if row.key is not Key.NONE:
        yield from (KeyMissing, KeyInvalid, KeyConflict, KeyInProgress)
    if row.writes:
        yield StorageFull


def _for_row(error: ApiError, row: Endpoint) -> ApiError:
    if isinstance(error, MissingAbility):
        return MissingAbility(row.needs)
    return RoleRequired(row.role.name.lower()) if isinstance(error, RoleRequired) else error


def _reply(status: int, errors: list[ApiError]) -> Schema:
    codes = [error.code for error in errors]
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    for error in errors:
        for name, value in failures.headers(error).items():
            headers[name] = {
                "schema": {"type": "integer" if value.isdigit() else "string"},
                "example": int(value) if value.isdigit() else value,
            }
    return {
        "description": f"{HTTPStatus(status).phrase}: "
        + " ".join(f"`{error.code}`: {error.message}" for error in errors),
        "headers": headers,
        "content": {
            "application/json": {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Failure"},
                        {"properties": {"code": {"enum": codes}}},
                    ]
                },
                "examples": {error.code: {"value": _envelope(error)} for error in errors},
            }
        },
    }


def _envelope(error: ApiError) -> Any:
    return json.loads(failures.envelope(error, REQUEST_ID))
