"""Sending a reply, and adding its request to the log."""

import asyncio
import time

from starlette.types import Send

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server import crash_points
from tickiti_server.clock import SECOND
from tickiti_server.http.reply import Reply
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.logs.request_lines import RequestLogLine

LONG_REPLY = 256 * 1024
"""Bytes beyond which a reply is sent in pieces, each after the client has read the last."""

_OFTEN = {text: text for row in CATALOGUE.values() for text in (row.method, row.path)}
"""The contract's methods and paths. The request log keeps them instead of the equal texts of each
request, which take a third of its memory."""


async def respond(reply: Reply, context: RequestContext, send: Send, services: Services) -> None:
    """Send the reply, and add the request to the log."""
    if len(reply.body) <= LONG_REPLY:
        await send(reply.start(context.request_id))
        crash_points.reached("reply.first_byte")
        await send({"type": "http.response.body", "body": reply.body})
    else:
        await _respond_at_length(reply, context, send, services)
    crash_points.reached("reply.done")
    services.request_log.add(
        RequestLogLine(
            services.clock() / SECOND,
            time.perf_counter() - context.began,
            _shared(context.scope["method"]),
            _shared(context.path),
            reply.status,
            context.caller.token_id,
            reply.code,
            context.key,
            context.request_id,
        )
    )


def _shared(text: str) -> str:
    return _OFTEN.get(text, text)


async def _respond_at_length(
    reply: Reply, context: RequestContext, send: Send, services: Services
) -> None:
    """Send a long reply as fast as the client reads, within a deadline.

    The reply is counted in the body memory until it is sent.
    """
    settings, body = services.settings, reply.body
    seconds = settings.reading_seconds + len(body) / settings.reading_rate
    deadline = asyncio.get_running_loop().call_later(seconds, context.hang_up)
    try:
        with services.body_memory.reserve() as reservation:
            reservation.depends_on_client(context.hang_up)
            reservation.hold(len(body))
            await send(reply.start(context.request_id))
            crash_points.reached("reply.first_byte")
            for start in range(0, len(body), LONG_REPLY):
                piece = body[start : start + LONG_REPLY]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                reservation.moved = start
            await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:  # uvicorn cancels requests when the drain time is over
        context.hang_up()
        await send(
            {"type": "http.response.body", "body": b""}
        )  # returns when the connection is aborted
    finally:
        deadline.cancel()
