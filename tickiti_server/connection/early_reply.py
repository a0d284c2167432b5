"""Error replies that the connection sends before there is a request, or before its body ended.

Rule: such a reply is the last one on its connection.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from tickiti_cli.contract.errors import ApiError
from tickiti_server.identifiers import new_request_id
from tickiti_server.validation import error_body


def as_bytes(error: ApiError) -> bytes:
    """A complete HTTP/1.1 reply that closes the connection."""
    request_id = new_request_id()
    body = error_body.envelope(error, request_id)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Request-Id": request_id,
        "Connection": "close",
        **error_body.headers(error),
    }
    first = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{first}{lines}\r\n".encode() + body


class LingeringClose(asyncio.Transport):
    """The transport of a reply whose request body is still arriving: `close` calls `linger`.

    Closing a socket with unread input resets the connection, and the reply may be lost.
    `keeps_alive` is restored once the whole body has arrived.
    """

    def __init__(
        self, transport: asyncio.Transport, *, linger: Callable[[], None], keeps_alive: bool
    ) -> None:
        super().__init__()
        self._transport = transport
        self._linger = linger
        self.keeps_alive = keeps_alive

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._linger()
