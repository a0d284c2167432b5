"""Reading a body: its size, its type and its time are limited before its meaning is looked at."""

import asyncio
from collections.abc import Callable

from starlette.types import Receive

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import (
    BadRequest,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from tickiti_server.settings import Settings

JSON = "application/json"

Header = Callable[[bytes], str | None]
"""The first value of a header by its name in lower case."""


def refuse_large(header: Header, settings: Settings) -> None:
    """Raise PayloadTooLarge by the announced length, before anything is read."""
    announced = header(b"content-length") or ""
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > settings.most_body):
        raise PayloadTooLarge.over(settings.most_body)


async def read_body(header: Header, receive: Receive, row: Endpoint, settings: Settings) -> bytes:
    """The whole body; empty only where the row takes none as `{}`.

    Raises UnsupportedMediaType, PayloadTooLarge, RequestTimeout, or BadRequest where the client
    hung up in the middle.
    """
    _refuse_other_types(header, row)
    try:
        async with asyncio.timeout(settings.body_seconds):
            return await _collect(receive, settings.most_body)
    except TimeoutError:
        raise RequestTimeout from None


def _refuse_other_types(header: Header, row: Endpoint) -> None:
    if (header(b"content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    kind, _, parameters = (header(b"content-type") or "").partition(";")
    if not kind and row.empty_body and _is_bodiless(header):
        return
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType


def _is_bodiless(header: Header) -> bool:
    return header(b"content-length") in (None, "0") and header(b"transfer-encoding") is None


async def _collect(receive: Receive, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection ended before the body did.")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise PayloadTooLarge.over(most)
        if not message.get("more_body", False):
            return b"".join(pieces)
