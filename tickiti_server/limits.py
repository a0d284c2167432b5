"""What a client may send, how fast and how often: rates in memory, deadlines on the wire."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tickiti_cli.contract.errors import (
    ApiError,
    HeaderTooLarge,
    Overloaded,
    RateLimited,
    RequestTimeout,
)
from tickiti_server import failures
from tickiti_server.call import new_request_id
from tickiti_server.settings import Settings

MOST_SUBJECTS = 10_000
"""Addresses or tokens remembered at once; beyond it the oldest are forgotten, not the server."""

WINDOW_SECONDS = 60.0


class Rate:
    """At most `limit` calls a minute for each subject, counted in fixed windows."""

    def __init__(self, limit: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[object, tuple[float, int]] = {}

    def take(self, subject: object) -> None:
        """Count one call. Raises RateLimited, which says how long to wait."""
        if self._limit is None:
            return
        now = self._clock()
        began, count = self._windows.pop(subject, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        while len(self._windows) >= MOST_SUBJECTS:
            del self._windows[next(iter(self._windows))]
        self._windows[subject] = (began, count + 1)
        if count >= self._limit:
            raise RateLimited(retry_after=max(1, round(began + WINDOW_SECONDS - now)))


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline and a size limit for headers, and a cap on connections.

    uvicorn itself waits for the end of the headers as long as the client likes.
    """

    settings: Settings
    """Set once on a subclass, see `guarded_by`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._refusal: ApiError | None = None
        super().connection_made(transport)
        if len(self.connections) > self.settings.most_connections:
            self._refuse(Overloaded("Too many connections.", retry_after=1))
            return
        self._arm(self.settings.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        # A header that is still open has not been counted by on_header yet.
        if self._deadline is not None and not self.transport.is_closing():
            self._count(len(data))
            if self._refusal is not None:
                self._refuse(self._refusal)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        if self._deadline is None:
            self._arm(self.settings.header_seconds)

    def on_url(self, url: bytes) -> None:
        self._count_or_raise(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_or_raise(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._disarm()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """The parser gave up: because we refused, or because these bytes are not HTTP."""
        self._disarm()
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.settings.most_headers:
            self._refusal = HeaderTooLarge()

    def _count_or_raise(self, size: int) -> None:
        self._count(size)
        if self._refusal is not None:
            raise self._refusal

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._header_bytes:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _refuse(self, error: ApiError) -> None:
        """Answer before there is a request, and hang up."""
        self._disarm()
        request_id = new_request_id()
        body = failures.envelope(error, request_id)
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "X-Request-Id": request_id,
            "Connection": "close",
            **failures.headers(error),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[error.status] + lines.encode() + b"\r\n" + body)
        self.transport.close()


def guarded_by(settings: Settings) -> type[GuardedProtocol]:
    """The protocol class for one server; uvicorn makes the instances itself."""
    members: dict[str, Any] = {"settings": settings}
    return type("Guarded", (GuardedProtocol,), members)
