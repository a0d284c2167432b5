"""What is said to a client whose request cannot be taken, or not to its end.

The rule of this file: what is said here is the last thing said on its connection.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from tickiti_cli.contract.errors import ApiError
from tickiti_server import failures
from tickiti_server.call import new_request_id


def as_bytes(error: ApiError) -> bytes:
    request_id = new_request_id()
    body = failures.envelope(error, request_id)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Request-Id": request_id,
        "Connection": "close",
        **failures.headers(error),
    }
    first = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{first}{lines}\r\n".encode() + body


class Lingering(asyncio.Transport):
    """What a reply is written to while its request's body is still on the way: it does not close,
    it calls `linger`. `keeps_alive` is what holds again once the body is there."""

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
