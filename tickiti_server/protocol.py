"""A client's connection: deadlines for what it sends and for what it reads, caps, who makes room.

uvicorn itself waits for headers, for the rest of a refused body and for a slow reader as long as
the client likes. The rule of this file: every wait for a client ends, and a connection in which
nothing runs is worth less than a new one.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tickiti_cli.contract.errors import (
    ApiError,
    BadRequest,
    HeaderTooLarge,
    Overloaded,
    RequestTimeout,
)
from tickiti_server import failures
from tickiti_server.call import new_request_id
from tickiti_server.joined_writes import JoinedWrites
from tickiti_server.receive import BODY_IS_LATE
from tickiti_server.settings import Settings

HTTP_VERSIONS = ("1.1", "1.0")

MOST_PIPELINED = 16
"""Requests that may wait for their turn on one connection: a segment can hold thousands."""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with three deadlines: to finish headers, then the body, to take leave."""

    settings: Settings
    idle: "dict[GuardedProtocol, None]"
    """Connections in which no request runs, those idle longest first. Both are set once on a
    subclass, see `guarded_by`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._header_deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None
        self._end: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._open_bytes = 0
        self._refusal: ApiError | None = None
        self._is_deaf = False
        self._is_ending = False
        self._joined = JoinedWrites(transport)
        super().connection_made(self._joined)  # type: ignore[arg-type]
        excess = len(self.connections) - self.settings.most_connections
        if excess > 0 and not self._make_room():
            self._turn_away(excess)
            return
        self.idle[self] = None
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self.idle.pop(self, None)
        self._headers_are_done()
        self._body_is_done()
        self._stop_ending()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf or self.transport.is_closing():
            return
        was_open = self._header_deadline is not None
        super().data_received(data)
        if self._is_deaf or self.transport.is_closing():
            return
        if self._header_deadline is not None:
            self._count_open(len(data) if was_open else 0)
        elif self.cycle is None or self.cycle.response_complete:
            self._expect_headers()  # bytes before a request, which ended the idle time
        elif self.cycle.more_body and self.cycle.transport is self.transport:
            self.cycle.transport = _Lingering(self, keeps_alive=self.cycle.keep_alive)
            self.cycle.keep_alive = False
            self._expect_body(self.cycle.scope, self.cycle.message_event)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = self._open_bytes = 0
        if self._header_deadline is None:
            self._expect_headers()

    def on_url(self, url: bytes) -> None:
        self._count_or_raise(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_or_raise(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_are_done()
        self.idle.pop(self, None)
        if self.parser.get_http_version() not in HTTP_VERSIONS:
            raise BadRequest("Not HTTP/1.1.")
        if self.parser.should_upgrade():
            # The parser would take the body for another protocol's bytes.
            self._refusal = BadRequest("This server speaks HTTP/1.1 alone: send no Upgrade header.")
            raise self._refusal
        if len(self.pipeline) >= MOST_PIPELINED:
            self._is_deaf = True
            self.cycle.keep_alive = False
            raise Overloaded("Too many requests are waiting on one connection.")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_is_done()
        super().on_message_complete()
        lingering = self.cycle.transport
        if isinstance(lingering, _Lingering):
            self.cycle.transport = self.transport
            self.cycle.keep_alive = lingering.keeps_alive and not self._is_ending

    def on_response_complete(self) -> None:
        self._joined.flush()
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_when_read()
        elif self.cycle.response_complete:
            self.idle[self] = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_when_read()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._is_deaf and not self.transport.is_closing():
            self._stop_ending()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end_when_read()

    def shutdown(self) -> None:
        self._is_ending = True
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """The parser gave up: because we refused, or because these bytes are not HTTP."""
        self._headers_are_done()
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif not self.transport.is_closing() and not self._owes_a_reply():
            super().send_400_response(msg)

    def linger(self) -> None:
        """Say that the reply was all, and take what the client still sends for a moment: closing
        at once would reset the connection, and some clients would never see the reply."""
        self._is_deaf = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self._end_after(self.settings.linger_seconds)

    def give_way(self) -> None:
        del self.idle[self]
        self.transport.abort()

    def _make_room(self) -> bool:
        """Let go of the connection that has been idle longest, if there is one."""
        oldest = next(iter(self.idle), None)
        if oldest is None:
            return False
        oldest.give_way()
        return True

    def _owes_a_reply(self) -> bool:
        """Whether an earlier request still runs: a refusal now would be taken for its reply. Then
        its own reply is the last one; or none comes, where more than one is owed."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not self.pipeline):
            return False
        if self.pipeline and not self._is_deaf:
            self.transport.abort()
        self._is_deaf = True
        cycle.keep_alive = False
        return True

    def _turn_away(self, excess: int) -> None:
        """Every connection is busy. A refusal takes a moment, so there is room for some only."""
        if excess > self.settings.most_connections:
            self.transport.abort()
        else:
            self._refuse(Overloaded("Too many connections.", retry_after=1))

    def _count_open(self, size: int) -> None:
        """A header that is still open has not been counted by on_header yet."""
        self._open_bytes += size
        if self._open_bytes > self.settings.most_headers:
            self._refuse(HeaderTooLarge())

    def _count_or_raise(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.settings.most_headers:
            self._refusal = HeaderTooLarge()
            raise self._refusal

    def _expect_headers(self) -> None:
        self._header_deadline = self.loop.call_later(
            self.settings.header_seconds, self._headers_are_late
        )

    def _headers_are_done(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
            self._header_deadline = None

    def _headers_are_late(self) -> None:
        self._header_deadline = None
        if self.transport.is_closing():
            return
        if self._header_bytes or self._open_bytes:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _expect_body(self, scope: Any, arrived: asyncio.Event) -> None:
        """Only for a body that did not come with its headers: hardly any request pays for it."""

        def is_late() -> None:
            scope[BODY_IS_LATE] = True
            arrived.set()

        self._body_deadline = self.loop.call_later(self.settings.body_seconds, is_late)

    def _body_is_done(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None

    def _end_when_read(self) -> None:
        """A closed connection lives until its last byte is read: not for ever."""
        unread = self.transport.get_write_buffer_size()
        self._end_after(self.settings.reading_seconds + unread / self.settings.reading_rate)

    def _end_after(self, seconds: float) -> None:
        if self._end is None:
            self._end = self.loop.call_later(seconds, self.transport.abort)

    def _stop_ending(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _refuse(self, error: ApiError) -> None:
        """Answer before there is a request, and hang up."""
        self._headers_are_done()
        if self._owes_a_reply():
            return
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
        self.linger()


class _Lingering(asyncio.Transport):
    """What a reply is written to while its request's body is still on the way."""

    def __init__(self, protocol: GuardedProtocol, *, keeps_alive: bool) -> None:
        super().__init__()
        self._protocol = protocol
        self._transport = protocol.transport
        self.keeps_alive = keeps_alive

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._protocol.linger()


def guarded_by(settings: Settings) -> type[GuardedProtocol]:
    """The protocol class for one server; uvicorn makes the instances itself."""
    members: dict[str, Any] = {"settings": settings, "idle": {}}
    return type("Guarded", (GuardedProtocol,), members)
