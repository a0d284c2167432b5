"""The server as data: one route for each endpoint, and what surrounds them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import (
    ApiError,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    Unavailable,
)
from tickiti_server import observe, strict_json
from tickiti_server.call import random_id
from tickiti_server.dispatch import Dispatch, Exchange, Services, respond
from tickiti_server.families import MODULES
from tickiti_server.handlers import collect
from tickiti_server.replies import Reply


def create_app(services: Services) -> Starlette:
    """The ASGI application. Raises LookupError where rows and handlers do not match."""
    handlers = collect(MODULES, CATALOGUE.values())
    routes: list[BaseRoute] = [
        Route(
            row.path,
            Dispatch(handlers[row.name], services) if row.served else Unserved(row),
            methods=["POST"],
        )
        for row in CATALOGUE.values()
    ]
    routes += [
        Route("/_tickiti/healthz", Health(services), methods=["GET"]),
        Route("/_tickiti/readyz", Readiness(services), methods=["GET"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: refuse},
        lifespan=_lifespan(services),
    )
    app.router.redirect_slashes = False
    return app


class Unserved:
    """Answers a row of the vendor's API that this server does not have."""

    def __init__(self, row: Endpoint) -> None:
        self._error = NotImplementedHere.row(row.name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _fail(self._error, scope, receive, send)


class Health:
    """The process answers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, random_id(), perf_counter())
        await respond(await self.reply(exchange), exchange, send)

    async def reply(self, exchange: Exchange) -> Reply:  # noqa: ARG002
        return Reply(200, strict_json.encode({"ok": True}))


class Readiness(Health):
    """The database answers as well."""

    async def reply(self, exchange: Exchange) -> Reply:
        try:
            await self._services.database.read(lambda tx: tx.one("SELECT 1"))
        except Unavailable as error:
            return Reply.failure(error, exchange.request_id)
        return await super().reply(exchange)


async def refuse(request: Request, error: Exception) -> Response:
    """What the router refuses: an unknown path, or a method that a path does not have."""
    assert isinstance(error, HTTPException)
    failure: ApiError = NotFound()
    headers = dict(error.headers or {})
    if error.status_code == 405:
        failure = MethodNotAllowed(request.method, headers.get("Allow", "").split(", "))
        headers["Allow"] = ", ".join(failure.allowed)
    exchange = Exchange(request.scope, request.receive, random_id(), perf_counter())
    reply = Reply.failure(failure, exchange.request_id)
    observe.note_request(
        method=request.method,
        path=exchange.path,
        status=reply.status,
        began=exchange.began,
        token_id=0,
        request_id=exchange.request_id,
    )
    headers |= {**reply.headers, "X-Request-Id": exchange.request_id}
    return Response(reply.body, reply.status, headers=headers, media_type="application/json")


async def _fail(error: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
    exchange = Exchange(scope, receive, random_id(), perf_counter())
    await respond(Reply.failure(error, exchange.request_id), exchange, send)


def _lifespan(services: Services):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001
        yield
        await services.database.close()

    return lifespan
