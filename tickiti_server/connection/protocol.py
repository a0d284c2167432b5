"""A client's connection: deadlines for what it sends and for what it reads, caps, who makes room.

uvicorn itself waits for headers, for the rest of a refused body and for a slow reader as long as
the client likes. The rule of this file: every wait for a client ends, and a connection in which
nothing runs is worth less than a new one.
"""

import asyncio
from typing import Any

from tickiti_cli.contract.errors import (
    ApiError,
    Overloaded,
)
from tickiti_server import refusals
from tickiti_server.admission import Admission
from tickiti_server.heads import HeadProtocol
from tickiti_server.joined_writes import JoinedWrites
from tickiti_server.receive import BODY_IS_LATE, HURRY, header
from tickiti_server.refusals import Lingering
from tickiti_server.settings import Settings
from tickiti_server.timers import Timer

CONNECTIONS_A_PLACE = 6
"""One inside, four that wait, one that takes its leave: beyond that, they are cut off."""

MOST_PIPELINED = 16
"""Requests that may wait for their turn on one connection: a segment can hold thousands."""


class GuardedProtocol(HeadProtocol):
    """uvicorn's protocol with three deadlines: to finish headers, then the body, to take leave."""

    admission: Admission
    """Set once on a subclass, see `guarded_by`."""

    address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._body_deadline, self._end = Timer(), Timer()
        self._slow_since = 0.0
        self._moved = self._read_before = 0
        self._is_inside = False
        self._early = b""
        self._is_deaf = False
        self._is_ending = False
        self._joined = JoinedWrites(transport)
        super().connection_made(self._joined)  # type: ignore[arg-type]
        self.address = self.client[0] if self.client else ""
        self.admission.arrive(self)
        if not self._is_inside:
            # uvloop starts to read after this callback, whatever it says.
            self.loop.call_soon(self._wait)

    def enter(self) -> None:
        """Admission has a place for it, at once or after a wait."""
        self._is_inside = True
        self._expect_headers()
        if self._early:
            self.loop.call_soon(self.data_received, self._early)
            self._early = b""
        self.flow.resume_reading()

    def give_way(self) -> None:
        """Nothing runs in it. What it has not read of its last reply, it may still read."""
        self._header_deadline.stop()
        if self._is_overrun:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.close()
            self._end_when_read()

    def turn_away(self) -> None:
        """Even a refusal takes a moment, for which there must be room."""
        if self._is_overrun:
            self.transport.abort()
        else:
            self.refuse(Overloaded("Too many connections.", retry_after=1))

    @property
    def _is_overrun(self) -> bool:
        return len(self.connections) > CONNECTIONS_A_PLACE * self.settings.most_connections

    def connection_lost(self, exc: Exception | None) -> None:
        self.admission.leave(self)
        self._header_deadline.stop()
        self._body_deadline.stop()
        self._end.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf or self.transport.is_closing():
            return
        if not self._is_inside:
            self._early += data
            self._wait()
            return
        was_open = self._header_deadline.is_running
        super().data_received(data)
        if self._is_deaf or self.transport.is_closing():
            return
        if self._header_deadline.is_running:
            self._count_open(len(data) if was_open else 0)
        elif self.cycle is None or self.cycle.response_complete:
            self._expect_headers()  # bytes before a request, which ended the idle time
        elif self.cycle.more_body:
            if self.cycle.transport is self.transport:
                self.cycle.transport = Lingering(
                    self.transport, linger=self.linger, keeps_alive=self.cycle.keep_alive
                )
                self.cycle.keep_alive = False
                self._expect_body(self.cycle.scope, self.cycle.message_event)
            self._moved += len(data)

    def on_headers_complete(self) -> None:
        self._header_deadline.stop()
        self.admission.work(self)
        if len(self.pipeline) >= MOST_PIPELINED:
            self._is_deaf = True
            self.cycle.keep_alive = False
            raise Overloaded("Too many requests are waiting on one connection.")
        super().on_headers_complete()
        if self.admission.is_crowded:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        if self._body_deadline.is_running:
            self._body_deadline.stop()
            self.admission.work(self)
        super().on_message_complete()
        lingering = self.cycle.transport
        if isinstance(lingering, Lingering):
            self.cycle.transport = self.transport
            self.cycle.keep_alive = lingering.keeps_alive and not self._is_ending

    def on_response_complete(self) -> None:
        self._joined.flush()
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_when_read()
        if self.cycle.response_complete:
            self.admission.rest(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_when_read()
        if self.cycle is not None and not self.cycle.response_complete:
            self._depends_on_client()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._is_deaf and not self.transport.is_closing():
            self._end.stop()

    def hurry(self) -> None:
        """It is slower than all others, and somebody else needs its place."""
        scope: Any = self.cycle.scope
        if self.cycle.more_body and HURRY in scope:
            scope[HURRY]()
        else:
            self.transport.abort()

    def rate(self, now: float) -> float:
        moved = self._moved if self.cycle.more_body else self._read - self._read_before
        return moved / (now - self._slow_since or 1.0)

    @property
    def _read(self) -> int:
        """Bytes of replies that are on their way to the client, or with it."""
        return self._joined.written - self.transport.get_write_buffer_size()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end_when_read()

    def shutdown(self) -> None:
        self._is_ending = True
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """The parser gave up: because we refused, or because these bytes are not HTTP."""
        self._header_deadline.stop()
        if self._refusal is not None:
            self.refuse(self._refusal)
        elif not self.transport.is_closing() and not self._owes_a_reply():
            super().send_400_response(msg)

    def linger(self) -> None:
        """Say that the reply was all, and take what the client still sends for a moment: closing
        at once would reset the connection, and some clients would never see the reply."""
        self._is_deaf = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self._end_after(self.settings.linger_seconds)

    def _wait(self) -> None:
        if not self._is_inside and not self._is_deaf and not self.transport.is_closing():
            self.flow.pause_reading()

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

    def _expect_body(self, scope: Any, arrived: asyncio.Event) -> None:
        """Only for a body that did not come with its headers: hardly any request pays for it."""

        def is_late() -> None:
            scope[BODY_IS_LATE] = True
            arrived.set()

        scope[HURRY] = is_late
        is_public = header(scope, b"authorization") is None
        settings = self.settings
        seconds = settings.public_body_seconds if is_public else settings.body_seconds
        self._body_deadline.start(seconds, is_late)
        self._depends_on_client()

    def _depends_on_client(self) -> None:
        if self.admission.depends_on_client(self):
            self._slow_since = self.loop.time()
            self._moved, self._read_before = 0, self._read

    def _end_when_read(self) -> None:
        """A closed connection lives until its last byte is read: not for ever."""
        unread = self.transport.get_write_buffer_size()
        self._end_after(self.settings.reading_seconds + unread / self.settings.reading_rate)

    def _end_after(self, seconds: float) -> None:
        if not self._end.is_running:
            self._end.start(seconds, self.transport.abort)

    def refuse(self, error: ApiError) -> None:
        """Answer before there is a request, and hang up."""
        self._header_deadline.stop()
        if self._owes_a_reply():
            return
        self.transport.write(refusals.as_bytes(error))
        self.linger()


def guarded_by(settings: Settings) -> type[GuardedProtocol]:
    """The protocol class for one server; uvicorn makes the instances itself."""
    members: dict[str, Any] = {
        "settings": settings,
        "admission": Admission(settings.most_connections, waiting_seconds=settings.waiting_seconds),
    }
    return type("Guarded", (GuardedProtocol,), members)
