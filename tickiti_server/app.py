"""The server as data: one route for each endpoint, and what surrounds them.

No Starlette application around it: the pipeline turns every error into a reply itself, so the
application's two layers of exception handling would only cost time on each request.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from time import perf_counter
from typing import Any

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.errors import ApiError, MethodNotAllowed, NotFound
from tickiti_server import bootstrap, docs, strict_json
from tickiti_server.backfilling import Backfill
from tickiti_server.call import new_request_id
from tickiti_server.delivery.callbacks import CallbackCarrier
from tickiti_server.delivery.dispatcher import Dispatcher
from tickiti_server.delivery.email import EmailCarrier
from tickiti_server.delivery.schedules import Schedules
from tickiti_server.delivery.verdicts import Carrier
from tickiti_server.dispatch import Dispatch
from tickiti_server.ending import Ending
from tickiti_server.exchange import Exchange
from tickiti_server.families import MODULES
from tickiti_server.handlers import Handler, collect
from tickiti_server.openapi import describe
from tickiti_server.purging import Purge
from tickiti_server.reopening import Reopening
from tickiti_server.replies import Reply
from tickiti_server.responding import LONG_REPLY, respond
from tickiti_server.schemas import Schema
from tickiti_server.services import Services

ANY_BASE_URL = b"http://any.invalid"
"""Stands in what is made once for the address under which a client asks."""

DOCS = "/_tickiti/docs"
CLOSING_SECONDS = 1.0
"""Of a server's last ones, kept for the database while mail is on its way."""

NEVER_STALE = {"Cache-Control": "no-cache"}

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

CARRIERS: Mapping[str, Carrier] = {"email": EmailCarrier(), "callback": CallbackCarrier()}
"""What leaves the house, by the kind of its outbox rows."""


def create_app(services: Services, ending: Ending) -> ASGIApp:
    """The ASGI application. Raises LookupError where rows and handlers do not match."""
    handlers = collect(MODULES, CATALOGUE.values())
    answers: dict[str, ASGIApp] = {
        row.path: Dispatch(row, handlers.get(row.name), services) for row in CATALOGUE.values()
    }
    answers["/"] = Front(services)
    answers["/_tickiti/healthz"] = Health(services)
    answers["/_tickiti/readyz"] = Readiness(services)
    answers["/_tickiti/openapi.json"] = Description(services, handlers)
    answers[DOCS] = Documentation(services, handlers)
    router = Router(
        [Route(path, answer) for path, answer in answers.items() if "{" in path],
        redirect_slashes=False,
        default=Nowhere(services),
        lifespan=_lifespan(services, ending),
    )
    return Paths({path: answer for path, answer in answers.items() if "{" not in path}, router)


class Paths:
    """Finds who answers: a path as it stands by a look-up, one with parameters by the router.

    The router alone would try a hundred patterns, one after the other.
    """

    def __init__(self, answers: Mapping[str, ASGIApp], router: Router) -> None:
        self._answers = answers
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answers.get(scope.get("path", ""), self._router)
        await answer(scope, receive, send)


class Nowhere:
    """Answers every path that has no route."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, new_request_id(), perf_counter())
        try:
            reply = await self.reply(exchange)
            if len(reply.body) > LONG_REPLY:
                self._services.room.expect(len(reply.body))
        except ApiError as error:
            reply = Reply.failure(error, exchange.request_id)
        await respond(reply, exchange, send, self._services)

    async def reply(self, exchange: Exchange) -> Reply:  # noqa: ARG002
        raise NotFound


class Front(Nowhere):
    """Whoever types the address into a browser is shown the documentation."""

    async def reply(self, exchange: Exchange) -> Reply:
        if exchange.scope["method"] not in ("GET", "HEAD"):
            raise NotFound
        return Reply(303, b"", {"Location": DOCS})


class Health(Nowhere):
    """The process answers."""

    async def reply(self, exchange: Exchange) -> Reply:
        method = exchange.scope["method"]
        if method not in ("GET", "HEAD"):
            raise MethodNotAllowed(method, ("GET", "HEAD"))
        return Reply(200, strict_json.encode({"ok": True}))


class Readiness(Health):
    """The database answers as well: what every start reads from it can be read now."""

    async def reply(self, exchange: Exchange) -> Reply:
        healthy = await super().reply(exchange)
        await self._services.database.read(bootstrap.mint_secret, quick=True)
        return healthy


class Description(Health):
    """What this server says of its own API. It is made when somebody first asks."""

    def __init__(self, services: Services, handlers: Mapping[str, Handler]) -> None:
        super().__init__(services)
        self._handlers = handlers

    async def reply(self, exchange: Exchange) -> Reply:
        await super().reply(exchange)
        made = await asyncio.to_thread(lambda: self._made)
        return made._replace(body=made.body.replace(ANY_BASE_URL, base_url(exchange.scope)))

    @cached_property
    def _made(self) -> Reply:
        return self._make(describe(self._handlers, ANY_BASE_URL.decode()))

    def _make(self, document: Schema) -> Reply:
        return Reply(200, strict_json.encode(document), NEVER_STALE)


class Documentation(Description):
    """The same for people."""

    def _make(self, document: Schema) -> Reply:
        headers = {
            **NEVER_STALE,
            "Content-Security-Policy": docs.content_security_policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        page = docs.render(document, self._services.settings)
        return Reply(200, page, headers, media_type=b"text/html; charset=utf-8")


def base_url(scope: Scope) -> bytes:
    """Where the client found this server, by its Host header if that is a host."""
    named: bytes = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if not _HOST.fullmatch(named):
        host, port = scope.get("server") or ("127.0.0.1", 0)
        named = f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
    return f"{scope['scheme']}://".encode() + named


def _lifespan(services: Services, ending: Ending) -> Any:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        schedules = Schedules(services.database, clock=services.clock)
        await schedules.begin()
        outgoing = Dispatcher(
            services.database,
            CARRIERS,
            lease_seconds=services.settings.lease_seconds,
            drain_seconds=services.settings.delivery_drain_seconds,
            clock=services.clock,
        )
        running = asyncio.create_task(outgoing.run())
        purge = Purge(
            services.database,
            services.running,
            key_days=services.settings.key_days,
            every_seconds=services.settings.purge_seconds,
        )
        reopening = Reopening(
            services.database,
            every_seconds=services.settings.hold_seconds,
            clock=services.clock,
        )
        backfill = Backfill(services.database)
        beside = [
            asyncio.create_task(task.run()) for task in (purge, reopening, schedules, backfill)
        ]
        yield
        for task in beside:
            task.cancel()
        await purge.note()
        with suppress(TimeoutError):
            async with asyncio.timeout(ending.left() - CLOSING_SECONDS):
                await outgoing.stop()
                await running
        await services.database.close()
        services.requests.flush()

    return lifespan
