"""Sending a reply, and noting its request."""

import asyncio
import time

from starlette.types import Send

from tickiti_server import crash_points
from tickiti_server.exchange import Exchange
from tickiti_server.observe import Answered
from tickiti_server.replies import Reply
from tickiti_server.services import Services

LONG_REPLY = 256 * 1024
"""Bytes beyond which a reply is written piece by piece, each when the one before has been read."""


async def respond(reply: Reply, exchange: Exchange, send: Send, services: Services) -> None:
    """Send the reply, and note the request."""
    if len(reply.body) <= LONG_REPLY:
        await send(reply.start(exchange.request_id))
        crash_points.reached("reply.first_byte")
        await send({"type": "http.response.body", "body": reply.body})
    else:
        await _respond_at_length(reply, exchange, send, services)
    crash_points.reached("reply.done")
    services.requests.note(
        Answered(
            time.time(),
            time.perf_counter() - exchange.began,
            exchange.scope["method"],
            exchange.path,
            reply.status,
            exchange.caller.token_id,
            reply.code,
            exchange.key,
            exchange.request_id,
        )
    )


async def _respond_at_length(
    reply: Reply, exchange: Exchange, send: Send, services: Services
) -> None:
    """As fast as the client reads, and not for ever; meanwhile the reply takes room."""
    settings, body = services.settings, reply.body
    seconds = settings.reading_seconds + len(body) / settings.reading_rate
    deadline = asyncio.get_running_loop().call_later(seconds, exchange.hang_up)
    try:
        with services.room.held() as held:
            held.depends_on_client(exchange.hang_up)
            held.hold(len(body))
            await send(reply.start(exchange.request_id))
            crash_points.reached("reply.first_byte")
            for start in range(0, len(body), LONG_REPLY):
                piece = body[start : start + LONG_REPLY]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                held.moved = start
            await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:  # the server has drained for long enough
        exchange.hang_up()
        await send({"type": "http.response.body", "body": b""})  # until it is hung up
    finally:
        deadline.cancel()
