"""A client's connection: deadlines for sending and reading, limits, eviction.

uvicorn waits without limit for headers, for the rest of a refused body and for a slow reader. Rule:
every wait for a client has a deadline, and a new connection may evict an idle one.
"""

import asyncio
from typing import Any

from tickiti_cli.contract.errors import (
    ApiError,
    BadRequest,
    Overloaded,
)
from tickiti_server.connection import early_reply
from tickiti_server.connection.admission import Admission
from tickiti_server.connection.early_reply import LingeringClose
from tickiti_server.connection.request_head import HeadProtocol
from tickiti_server.connection.timer import Timer
from tickiti_server.connection.write_coalescing import CoalescingTransport
from tickiti_server.http.bodies.read import BODY_IS_LATE, EXPIRE_BODY, header
from tickiti_server.settings import Settings

CONNECTIONS_PER_SLOT = 6
"""Sockets for each slot: one admitted, four queued, one closing. Any more are aborted."""

_NO_REQUEST = (
    "This is not an HTTP/1.1 request: its method is unknown, a header holds a control character, or"
    " the client speaks HTTPS, which needs a proxy in front of this server."
)

MOST_PIPELINED = 16
"""Pipelined requests that may wait on one connection. One TCP segment can hold thousands."""


class GuardedProtocol(HeadProtocol):
    """uvicorn's protocol with three deadlines: for the head, for the body, for closing."""

    admission: Admission
    """Set on the subclass that `guarded_by` makes."""

    address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._body_deadline, self._end = Timer(), Timer()
        self._slow_since = 0.0
        self._received = self._read_before = 0
        self._has_slot = False
        self._early = b""
        self._ignores_input = False
        self._is_ending = False
        self._output = CoalescingTransport(transport)
        super().connection_made(self._output)  # type: ignore[arg-type]
        self.address = self.client[0] if self.client else ""
        self.admission.admit(self)
        if not self._has_slot:
            # Later, because uvloop starts to read after this callback even if it pauses reading.
            self.loop.call_soon(self._wait)

    def on_admitted(self) -> None:
        """Expect the first head, and handle the bytes that arrived during the wait."""
        self._has_slot = True
        self._expect_headers()
        if self._early:
            self.loop.call_soon(self.data_received, self._early)
            self._early = b""
        self.flow.resume_reading()

    def evict(self) -> None:
        """Close this idle connection. The client may still read the rest of its last reply."""
        self._header_deadline.stop()
        if self._is_overrun:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.close()
            self._end_when_read()

    def reject(self) -> None:
        """Answer 503 and close, or abort if even closing connections are too many."""
        if self._is_overrun:
            self.transport.abort()
        else:
            self.refuse(Overloaded("Too many connections.", retry_after=1))

    @property
    def _is_overrun(self) -> bool:
        return len(self.connections) > CONNECTIONS_PER_SLOT * self.settings.most_connections

    def connection_lost(self, exc: Exception | None) -> None:
        self.admission.release(self)
        self._header_deadline.stop()
        self._body_deadline.stop()
        self._end.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._ignores_input or self.transport.is_closing():
            return
        if not self._has_slot:
            self._early += data
            self._wait()
            return
        was_open = self._header_deadline.is_running
        super().data_received(data)
        if self._ignores_input or self.transport.is_closing():
            return
        if self._is_in_head or self._header_deadline.is_running:
            # Not in on_message_begin: nearly every head arrives whole and needs no timer.
            if not self._header_deadline.is_running:
                self._expect_headers()
            self._count_open(len(data) if was_open else 0)
        elif self.cycle is None or self.cycle.response_complete:
            self._expect_headers()  # bytes before a head, which ended the idle time
        elif self.cycle.more_body:
            if self.cycle.transport is self.transport:
                self.cycle.transport = LingeringClose(
                    self.transport, linger=self.linger, keeps_alive=self.cycle.keep_alive
                )
                self.cycle.keep_alive = False
                self._expect_body(self.cycle.scope, self.cycle.message_event)
            self._received += len(data)

    def on_headers_complete(self) -> None:
        self._header_deadline.stop()
        self.admission.mark_busy(self)
        if len(self.pipeline) >= MOST_PIPELINED:
            self._ignores_input = True
            self.cycle.keep_alive = False
            raise Overloaded("Too many requests are waiting on one connection.")
        super().on_headers_complete()
        if self.admission.is_crowded:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        if self._body_deadline.is_running:
            self._body_deadline.stop()
            self.admission.mark_busy(self)
        super().on_message_complete()
        lingering = self.cycle.transport
        if isinstance(lingering, LingeringClose):
            self.cycle.transport = self.transport
            self.cycle.keep_alive = lingering.keeps_alive and not self._is_ending

    def on_response_complete(self) -> None:
        self._output.flush()
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_when_read()
        if self.cycle.response_complete:
            self.admission.mark_idle(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_when_read()
        if self.cycle is not None and not self.cycle.response_complete:
            self._depends_on_client()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._ignores_input and not self.transport.is_closing():
            self._end.stop()

    def evict_slow(self) -> None:
        """End the slow request: a body that arrives slowly times out, a slow reader is aborted."""
        scope: Any = self.cycle.scope
        if self.cycle.more_body and EXPIRE_BODY in scope:
            scope[EXPIRE_BODY]()
        else:
            self.transport.abort()

    def rate(self, now: float) -> float:
        moved = self._received if self.cycle.more_body else self._read - self._read_before
        return moved / (now - self._slow_since or 1.0)

    @property
    def _read(self) -> int:
        """Bytes of replies that have left this process: sent, or in the kernel's buffer."""
        return self._output.written - self.transport.get_write_buffer_size()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end_when_read()

    def shutdown(self) -> None:
        self._is_ending = True
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Called when the parser fails: on a refusal of ours, or on bytes that are not HTTP."""
        del msg  # a sentence without a code
        self._header_deadline.stop()
        if self._refusal is not None or not self.transport.is_closing():
            self.refuse(self._refusal or BadRequest(_NO_REQUEST))

    def linger(self) -> None:
        """End the output, and discard input for a moment (lingering close).

        Closing at once would reset the connection, so that some clients never see the reply.
        """
        self._ignores_input = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self._end_after(self.settings.linger_seconds)

    def _wait(self) -> None:
        if not self._has_slot and not self._ignores_input and not self.transport.is_closing():
            self.flow.pause_reading()

    def _owes_a_reply(self) -> bool:
        """True if an earlier request still runs, because a refusal would be taken for its reply.

        The reply of that request is then the last one. If several are owed, abort.
        """
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not self.pipeline):
            return False
        if self.pipeline and not self._ignores_input:
            self.transport.abort()
        self._ignores_input = True
        cycle.keep_alive = False
        return True

    def _expect_body(self, scope: Any, arrived: asyncio.Event) -> None:
        """Start the deadline of a body that did not arrive together with its head."""

        def is_late() -> None:
            scope[BODY_IS_LATE] = True
            arrived.set()

        scope[EXPIRE_BODY] = is_late
        is_public = header(scope, b"authorization") is None
        settings = self.settings
        seconds = settings.public_body_seconds if is_public else settings.body_seconds
        self._body_deadline.start(seconds, is_late)
        self._depends_on_client()

    def _depends_on_client(self) -> None:
        if self.admission.mark_waiting(self):
            self._slow_since = self.loop.time()
            self._received, self._read_before = 0, self._read

    def _end_when_read(self) -> None:
        """Abort a closing connection whose client does not read the rest in time."""
        unread = self.transport.get_write_buffer_size()
        self._end_after(self.settings.reading_seconds + unread / self.settings.reading_rate)

    def _end_after(self, seconds: float) -> None:
        if not self._end.is_running:
            self._end.start(seconds, self.transport.abort)

    def refuse(self, error: ApiError) -> None:
        """Send an error reply although there is no request, and close."""
        self._header_deadline.stop()
        if self._owes_a_reply():
            return
        self.transport.write(early_reply.as_bytes(error))
        self.linger()


def guarded_by(settings: Settings) -> type[GuardedProtocol]:
    """The protocol class of one server. uvicorn makes an instance for each connection."""
    members: dict[str, Any] = {
        "settings": settings,
        "admission": Admission(settings.most_connections, waiting_seconds=settings.waiting_seconds),
    }
    return type("Guarded", (GuardedProtocol,), members)
