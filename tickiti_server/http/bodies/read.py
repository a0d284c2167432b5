"""Reading a request's body within limits of size, media type and time."""

from starlette.types import Receive, Scope

from tickiti_cli.contract.endpoint import Access, Body, Endpoint
from tickiti_cli.contract.errors import (
    AttachmentTooLarge,
    BadRequest,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_server.http.bodies.memory import Reservation
from tickiti_server.settings import Settings

JSON = "application/json"

MOST_UPLOAD = MOST_FILE + 64 * 1024
"""Bytes of a request with a file: what surrounds the file is small."""

BODY_IS_LATE = "tickiti.body_is_late"
"""Key in the scope that the connection sets when the body's deadline has passed.

The connection keeps the deadline, because a timeout around each request would slow all of them.
"""

EXPIRE_BODY = "tickiti.expire_body"
"""Key in the scope, while a body arrives, of a function that lets its deadline pass now."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header, or None. `name` is in lower case."""
    for one, value in scope["headers"]:
        if one == name:
            return str(value, "latin-1")
    return None


def refuse_large(scope: Scope, row: Endpoint, settings: Settings) -> None:
    """Raise PayloadTooLarge if Content-Length is over the limit, before the body is read."""
    announced = header(scope, b"content-length") or ""
    most = _most(row, settings)
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
        kind = AttachmentTooLarge if row.body is Body.MULTIPART else PayloadTooLarge
        raise kind.over(most)


def _most(row: Endpoint, settings: Settings) -> int:
    """The largest body in bytes: small on public routes, because bodies are held in memory."""
    if row.body is Body.MULTIPART:
        return MOST_UPLOAD
    return settings.most_public_body if row.access is Access.PUBLIC else settings.most_body


async def read_body(
    scope: Scope, receive: Receive, row: Endpoint, settings: Settings, reservation: Reservation
) -> bytes:
    """The whole body. It is empty only if the row takes no body as `{}`.

    Raises UnsupportedMediaType, PayloadTooLarge, Overloaded, RequestTimeout, or BadRequest if the
    client disconnected in the middle.
    """
    _refuse_other_types(scope, row)
    return await _collect(scope, receive, _most(row, settings), reservation)


def refuse_encoded(scope: Scope) -> None:
    """Raise UnsupportedMediaType for a compressed body."""
    if (header(scope, b"content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")


def _refuse_other_types(scope: Scope, row: Endpoint) -> None:
    refuse_encoded(scope)
    kind, _, parameters = (header(scope, b"content-type") or "").partition(";")
    if not kind and row.empty_body and is_bodiless(scope):
        return
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType


def is_bodiless(scope: Scope) -> bool:
    return (
        header(scope, b"content-length") in (None, "0")
        and header(scope, b"transfer-encoding") is None
    )


async def _collect(scope: Scope, receive: Receive, most: int, reservation: Reservation) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if BODY_IS_LATE in scope:
            raise RequestTimeout
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection ended before the body did.")
        if not pieces and message.get("more_body", False):
            reservation.depends_on_client(scope.get(EXPIRE_BODY, nobody))
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise PayloadTooLarge.over(most)
        reservation.grow(size)
        if not message.get("more_body", False):
            reservation.has_arrived()
            return b"".join(pieces)


def nobody() -> None:
    """Does nothing: the body's own deadline ends the request."""
