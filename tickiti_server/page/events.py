"""The stream of events of the page: tells a browser that something has changed, not what.

The browser then asks for its view again. Rule: streams are few, are never silent for long, and end
when the server is asked to stop.
"""

import asyncio
import time

from starlette.types import Receive, Send

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.clock import SECOND
from tickiti_server.http.reply import Reply
from tickiti_server.http.reply_sender import respond
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.logs.request_lines import RequestLogLine
from tickiti_server.shutdown import ShutdownDeadline

MOST_STREAMS = 32
"""Each stream is a connection, and a browser has a stream for each page that is in front."""

POLL_SECONDS = 0.3
QUIET_SECONDS = 15.0
"""After this long without a change a comment is sent, so that a dead connection is noticed."""

STREAM_SECONDS = 600.0
"""After this time the browser connects again, and its session is checked again."""

HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]
_BEGIN = b"retry: 2000\n\n"
_CHANGED = b"data: changed\n\n"
_COMMENT = b":\n\n"


class Events:
    def __init__(self, services: Services, ending: ShutdownDeadline) -> None:
        self._services = services
        self._ending = ending
        self._streams = 0

    async def stream(self, context: RequestContext, send: Send) -> None:
        """Answer with a stream, or with 503 if there are too many."""
        if self._streams >= MOST_STREAMS:
            error = Overloaded("Too many pages are open.", retry_after=10)
            reply = Reply.failure(error, context.request_id)
            await respond(reply, context, send, self._services)
            return
        self._streams += 1
        gone = asyncio.create_task(_wait_for_end(context.receive))
        try:
            await self._send_changes(send, gone)
        finally:
            self._streams -= 1
            gone.cancel()
            self._log(context)

    async def _send_changes(self, send: Send, gone: "asyncio.Task[None]") -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        await _send_piece(send, _BEGIN)
        seen, began = self._state(), time.monotonic()
        sent = began
        while not (gone.done() or self._ending.has_begun):
            await asyncio.wait([gone], timeout=POLL_SECONDS)
            now, state = time.monotonic(), self._state()
            if state != seen:
                seen, sent = state, now
                await _send_piece(send, _CHANGED)
            elif now - sent > QUIET_SECONDS:
                sent = now
                await _send_piece(send, _COMMENT)
            if now - began > STREAM_SECONDS:
                break
        await send({"type": "http.response.body", "body": b""})

    def _state(self) -> object:
        """Equal to an earlier one if nothing that the page shows has changed."""
        return self._services.database.version, self._services.request_log.added

    def _log(self, context: RequestContext) -> None:
        now = self._services.clock() / SECOND
        seconds = time.perf_counter() - context.began
        self._services.request_log.add(
            RequestLogLine(
                now, seconds, "GET", context.path, 200, context.caller.token_id, None, None,
                context.request_id,
            )
        )  # fmt: skip


async def _wait_for_end(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
