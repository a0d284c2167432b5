"""Lets requests fail on purpose: a layer around the application of a server in test mode."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickiti_cli.contract.errors import BY_STATUS, ApiError, RateLimited
from tickiti_server.api.faults import HTTP, ActiveFault, Faults, Traffic
from tickiti_server.clock import SECOND
from tickiti_server.http.bodies.read import BODY_IS_LATE, header
from tickiti_server.http.reply import Reply
from tickiti_server.http.reply_sender import respond
from tickiti_server.http.request import CONNECTION, RequestContext
from tickiti_server.http.services import Services
from tickiti_server.http.traffic.recorder import RECORDED
from tickiti_server.identifiers import new_request_id
from tickiti_server.logs import setup
from tickiti_server.logs.request_lines import RequestLogLine
from tickiti_server.validation import strict_json

CONTROL = "/_tickiti/test/"
"""Begins the paths that never fail, or no fault could be cleared."""

TICK_SECONDS = 0.1
"""The pause between two pieces of a slow reply."""


class FaultLayer:
    def __init__(self, app: ASGIApp, services: Services, faults: Faults) -> None:
        self._app = app
        self._services = services
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hit = None if scope["type"] != "http" else self._faults.fire(_traffic(scope))
        if hit is None:
            await self._app(scope, receive, send)
            return
        own_id = new_request_id()
        request = _Request(scope, receive, send, self._app, self._services, hit, own_id)
        try:
            await _ACTIONS[hit.fault.action](request)
        except asyncio.CancelledError:  # by a reset, or when the drain time is over
            scope[CONNECTION].abort()
            await request.is_gone()


def _traffic(scope: Scope) -> Traffic:
    path = scope["path"]
    if path.startswith(CONTROL):
        return Traffic(of="")
    return Traffic(HTTP, path, header(scope, b"idempotency-key") or "", _token_id(scope))


def _token_id(scope: Scope) -> int | None:
    """The id in front of the token's bar. Nothing is verified: a fault may come before that."""
    _, _, token = (header(scope, b"authorization") or "").partition(" ")
    number = token.strip().partition("|")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None


class _Answer(NamedTuple):
    """The answer of the application."""

    start: Message
    body: bytes

    @property
    def request_id(self) -> str:
        return str(dict(self.start["headers"]).get(b"x-request-id", b""), "latin-1")

    def sized(self, body: bytes) -> "_Answer":
        """The same with another body, and its length."""
        others = [pair for pair in self.start["headers"] if pair[0] != b"content-length"]
        headers = [(b"content-length", b"%d" % len(body)), *others]
        return _Answer({**self.start, "headers": headers}, body)


class _Request(NamedTuple):
    """A request that a fault has hit."""

    scope: Scope
    receive: Receive
    send: Send
    app: ASGIApp
    services: Services
    hit: ActiveFault
    own_id: str
    """Its X-Request-Id if the application does not see it."""

    async def answered(self) -> _Answer:
        """Handle the request, and keep the reply back."""
        starts: list[Message] = []
        pieces: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            else:
                pieces.append(message.get("body", b""))

        await self.app(self.scope, self.receive, keep)
        answer = _Answer(starts[0], b"".join(pieces))
        self.note(answer.request_id)
        return answer

    def note(self, request_id: str) -> None:
        """Name the fault in the request log and in the server's log."""
        action = self.hit.fault.action
        self.services.request_log.note_fault(request_id, action)
        setup.life.info("Fault %d fired: %s, request=%s", self.hit.id, action, request_id)

    async def read(self) -> None:
        """Read the body to its end, as a server does that fails later."""
        while BODY_IS_LATE not in self.scope:
            message = await self.receive()
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    async def give(self, answer: _Answer) -> None:
        await self.send(answer.start)
        await self.send({"type": "http.response.body", "body": answer.body})

    async def reply(self, reply: Reply) -> None:
        """Answer without the application."""
        context = RequestContext(self.scope, self.receive, self.own_id, perf_counter())
        context.key = header(self.scope, b"idempotency-key")
        self.note(self.own_id)
        await respond(reply, context, self.send, self.services)

    async def hang_up(self) -> None:
        """Close the connection, and wait until the server has noticed."""
        self.scope[CONNECTION].close()
        await self.is_gone()

    async def is_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _fail(request: _Request) -> None:
    """Answer with a status of the fault's own; the request is not handled."""
    fault = request.hit.fault
    await request.read()
    if fault.body is not None:
        kind = _media_type(fault.body)
        await request.reply(Reply(fault.status or 500, fault.body, media_type=kind))
        return
    await request.reply(_failure(request, fault.status or 500))


def _failure(request: _Request, status: int) -> Reply:
    if status < 400:
        return Reply(status, b"" if status in (204, 304) else strict_json.encode({"ok": True}))
    kind = BY_STATUS.get(status, ApiError)
    error = kind.received(f"Fault {request.hit.id}: this server fails on purpose.")
    error.status = status
    return Reply.failure(error, request.own_id)._replace(status=status)


async def _limit(request: _Request) -> None:
    await request.read()
    error = RateLimited(retry_after=max(1, round(request.hit.fault.seconds)))
    await request.reply(Reply.failure(error, request.own_id))


async def _delay(request: _Request) -> None:
    """Handle the request at once, and reply late. A client that has left gets nothing."""
    answer = await request.answered()
    with suppress(TimeoutError):
        async with asyncio.timeout(request.hit.fault.seconds):
            await request.is_gone()
            return
    await request.give(answer)


async def _drop_before(request: _Request) -> None:
    await request.read()
    services, scope, request_id = request.services, request.scope, request.own_id
    services.request_log.add(
        RequestLogLine(
            services.clock() / SECOND, 0.0, scope["method"], scope["path"], 0, 0, None,
            header(scope, b"idempotency-key"), request_id,
        )
    )  # fmt: skip
    request.note(request_id)
    if RECORDED in scope:
        scope[RECORDED].drop(request_id)
    await request.hang_up()


async def _commit_then_drop(request: _Request) -> None:
    """Handle the request, and close the connection without its reply. The recording has it."""
    answer = await request.answered()
    if RECORDED in request.scope:
        await request.scope[RECORDED].note(answer.start)
        await request.scope[RECORDED].note({"type": "http.response.body", "body": answer.body})
    await request.hang_up()


async def _truncate(request: _Request) -> None:
    """Announce the whole body, send its beginning, and close the connection."""
    answer = await request.answered()
    most = min(request.hit.fault.count, max(0, len(answer.body) - 1))
    await request.send(answer.start)
    piece = {"type": "http.response.body", "body": answer.body[:most], "more_body": True}
    await request.send(piece)
    await request.hang_up()


async def _damage(request: _Request) -> None:
    """Send half of the body as if it were whole, so that its JSON cannot be read."""
    answer = await request.answered()
    half = answer.body[: len(answer.body) // 2] or b"{"
    await request.give(answer.sized(half))


async def _slow(request: _Request) -> None:
    answer, rate = await request.answered(), max(1, request.hit.fault.count)
    await request.send(answer.start)
    size = max(1, round(rate * TICK_SECONDS))
    for start in range(0, len(answer.body), size):
        piece = answer.body[start : start + size]
        await request.send({"type": "http.response.body", "body": piece, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(len(piece) / rate):
                await request.is_gone()
                return
    await request.send({"type": "http.response.body", "body": b""})


def _media_type(body: bytes) -> bytes:
    """The type of a body that somebody wrote: JSON, HTML or text."""
    begin = body.lstrip()[:1]
    if begin in (b"{", b"["):
        return b"application/json"
    return b"text/html; charset=utf-8" if begin == b"<" else b"text/plain; charset=utf-8"


_ACTIONS: dict[str, Callable[[_Request], Awaitable[None]]] = {
    "status": _fail,
    "rate-limit": _limit,
    "delay": _delay,
    "drop-before": _drop_before,
    "commit-then-drop": _commit_then_drop,
    "truncate": _truncate,
    "bad-json": _damage,
    "slow": _slow,
}
