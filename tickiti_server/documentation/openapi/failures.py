"""The failures of each endpoint, by its row and its handler.

Rule: the example of a failure is the envelope that the server itself builds from the error.
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
    AssigneeNotFound,
    AttachmentNotUploaded,
    BadRequest,
    CloneLink,
    Forbidden,
    HeaderTooLarge,
    InterventionNotFound,
    InterventionUidExists,
    InvalidJson,
    IpNotAllowed,
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
    QueueRightRequired,
    RateLimited,
    RequestTimeout,
    ResolutionNotFound,
    ResolutionRequired,
    ResponseNotFound,
    RoleRequired,
    ServerError,
    SkillNotFound,
    SkillReserved,
    SnapshotNotFound,
    StorageFull,
    StorageUnavailable,
    TagUnknown,
    TemplateDataMissing,
    TemplateNotFound,
    TemplateSyntax,
    TicketNotFound,
    TokenInUse,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)
from tickiti_server.api.handler import Handler
from tickiti_server.settings import Settings
from tickiti_server.validation import error_body
from tickiti_server.validation.json_schema import Schema

REQUEST_ID = "5f0c21aa-1c3"

_ORIGINATOR = "originator_email_address"
_REQUIRED = f"The {_ORIGINATOR} field is required."

SAMPLES: tuple[ApiError, ...] = (
    AssigneeNotFound("nobody@sole-trader.example"),
    AttachmentNotUploaded("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    CloneLink(220012),
    QueueRightRequired("can_manage", "Sales"),
    ResolutionNotFound("Refunded"),
    ResolutionRequired("Sales"),
    ResponseNotFound(42),
    SkillNotFound("returns.label"),
    SnapshotNotFound("filled"),
    SkillReserved("axial.core"),
    TagUnknown(["#nosuchtag"]),
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
    ValidationFailed.of(_ORIGINATOR, _REQUIRED),
)
"""One example of each error whose sentence depends on its arguments."""


class Failure(TypedDict):
    """The shape of every failure."""

    ok: Literal[False]
    error: Annotated[
        str, Field(description="The code under /api/v1/, elsewhere the sentence of message.")
    ]
    message: Annotated[str, Field(description="A sentence for a person.")]
    code: Annotated[str, Field(description="Stable: what a program decides by.")]
    errors: NotRequired[
        Annotated[
            dict[str, list[str]], Field(description="Every bad field at once, with its sentences.")
        ]
    ]
    data: NotRequired[
        Annotated[dict[str, Any], Field(description="More of a few failures: a file's size.")]
    ]
    request_id: Annotated[str, Field(description="The same as X-Request-Id.")]
    retryable: Annotated[
        bool, Field(description="Whether the very same request may succeed later.")
    ]


def every_failure() -> list[ApiError]:
    """One error of each code, sorted by status."""
    samples = {error.code: error for error in SAMPLES}
    found = [samples.get(code) or error() for code, error in BY_CODE.items()]
    return sorted(found, key=lambda error: error.status)


def failures_of(handler: Handler) -> list[ApiError]:
    """The failures that an endpoint may answer with, sorted by status."""
    row = handler.row
    codes = {error.code for error in (*_of_every_request(row), *_of_the_row(row))}
    codes |= {error.code for error in handler.refuses}
    codes |= {ValidationFailed.code} if handler.body is not None else set()
    found = [_for_row(error, row) for error in every_failure() if error.code in codes]
    return sorted(found, key=lambda error: _status_of(error, is_v1=row.is_v1))


def replies(
    found: Iterable[ApiError], shared: dict[str, Schema], *, is_v1: bool
) -> dict[str, Schema]:
    """The replies of these failures, by status. A reply that other endpoints share is added to
    `shared` and referred to."""
    by_status: dict[str, Schema] = {}
    for status, group in groupby(found, key=lambda error: _status_of(error, is_v1=is_v1)):
        errors = [*group]
        by_status[str(status)] = reply = _reply(status, errors, is_v1=is_v1)
        if not any(isinstance(error, Forbidden) for error in errors):
            name = ".".join(["v1"] * is_v1 + [error.code for error in errors])
            shared[name] = reply
            by_status[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return by_status


def _of_every_request(row: Endpoint) -> Iterable[type[ApiError]]:
    yield from (BadRequest, InvalidJson, RequestTimeout, PayloadTooLarge, UnsupportedMediaType)
    yield from (RateLimited, HeaderTooLarge, ServerError, StorageUnavailable, Overloaded)
    if row.access is not Access.PUBLIC:
        yield from (Unauthenticated, IpNotAllowed)


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


def _status_of(error: ApiError, *, is_v1: bool) -> int:
    return error.v1_status if is_v1 else error.status


def _for_row(error: ApiError, row: Endpoint) -> ApiError:
    if isinstance(error, MissingAbility):
        return MissingAbility(row.needs)
    return RoleRequired(row.role.name.lower()) if isinstance(error, RoleRequired) else error


def _reply(status: int, errors: list[ApiError], *, is_v1: bool) -> Schema:
    """The reply of a status. Its schema is the one of all failures, so that a generated client has
    one class for them; the codes are in the description and in the examples."""
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    for error in errors:
        for name, value in error_body.headers(error).items():
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
                "schema": {"$ref": "#/components/schemas/Failure"},
                "examples": {
                    error.code: {"value": _envelope(error, is_v1=is_v1)} for error in errors
                },
            }
        },
    }


def _envelope(error: ApiError, *, is_v1: bool) -> Any:
    return json.loads(error_body.envelope(error, REQUEST_ID, is_v1=is_v1))
