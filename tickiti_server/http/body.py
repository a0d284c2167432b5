"""Reading a body: its size, its type and its time are limited before its meaning is looked at."""

from starlette.types import Receive, Scope

from tickiti_cli.contract.endpoint import Access, Endpoint
from tickiti_cli.contract.errors import (
    BadRequest,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from tickiti_server.limits import Held
from tickiti_server.settings import Settings

JSON = "application/json"

BODY_IS_LATE = "tickiti.body_is_late"
"""In the scope once the body's time is over: the connection keeps the deadline, because a timeout
around each request would cost all of them what only a slow one needs."""

HURRY = "tickiti.hurry"
"""In the scope of a request whose body is on its way: a function that has its time be over now."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header, by its name in lower case."""
    for one, value in scope["headers"]:
        if one == name:
            return str(value, "latin-1")
    return None


def refuse_large(scope: Scope, row: Endpoint, settings: Settings) -> None:
    """Raise PayloadTooLarge by the announced length, before anything is read."""
    announced = header(scope, b"content-length") or ""
    most = _most(row, settings)
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
        raise PayloadTooLarge.over(most)


def _most(row: Endpoint, settings: Settings) -> int:
    """A body is held in memory: little of it for whoever shows no token."""
    return settings.most_public_body if row.access is Access.PUBLIC else settings.most_body


async def read_body(
    scope: Scope, receive: Receive, row: Endpoint, settings: Settings, held: Held
) -> bytes:
    """The whole body; empty only where the row takes none as `{}`.

    Raises UnsupportedMediaType, PayloadTooLarge, Overloaded, RequestTimeout, or BadRequest where
    the client hung up in the middle.
    """
    _refuse_other_types(scope, row)
    return await _collect(scope, receive, _most(row, settings), held)


def _refuse_other_types(scope: Scope, row: Endpoint) -> None:
    if (header(scope, b"content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    kind, _, parameters = (header(scope, b"content-type") or "").partition(";")
    if not kind and row.empty_body and _is_bodiless(scope):
        return
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType


def _is_bodiless(scope: Scope) -> bool:
    return (
        header(scope, b"content-length") in (None, "0")
        and header(scope, b"transfer-encoding") is None
    )


async def _collect(scope: Scope, receive: Receive, most: int, held: Held) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if BODY_IS_LATE in scope:
            raise RequestTimeout
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection ended before the body did.")
        if not pieces and message.get("more_body", False):
            held.depends_on_client(scope.get(HURRY, _nobody))
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise PayloadTooLarge.over(most)
        held.grow_to(size)
        if not message.get("more_body", False):
            held.has_arrived()
            return b"".join(pieces)


def _nobody() -> None:
    """Nobody to hurry: its deadline will come."""
