"""The ASGI application: one route for each endpoint, the server's own pages, background tasks.

There is no Starlette application around them, because the pipeline turns every error into a reply:
Starlette's two layers of exception handling would only cost time on each request.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server.api import faults
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.api.workflow.final_comment import post_final_comment
from tickiti_server.delivery.callback.callbacks import CallbackCarrier
from tickiti_server.delivery.dispatcher import Dispatcher
from tickiti_server.delivery.mail.email import EmailCarrier
from tickiti_server.delivery.outcomes import Carrier
from tickiti_server.delivery.schedule_repair import ScheduleRepair
from tickiti_server.http import background
from tickiti_server.http.own_pages import (
    DOCS,
    Description,
    Documentation,
    Front,
    Health,
    Readiness,
    UnknownPath,
)
from tickiti_server.http.pipeline import EndpointApp
from tickiti_server.http.services import Services
from tickiti_server.http.traffic.recorder import Recorder
from tickiti_server.shutdown import ShutdownDeadline

FRONT = "/"
HEALTH = "/_tickiti/healthz"
READINESS = "/_tickiti/readyz"
OWN_PATHS = "/_tickiti/"
"""Begins the paths that no install of the vendor has."""

CLOSING_SECONDS = 1.0
"""Seconds of the drain time that are kept for closing the database while mail is delivered."""


def carriers(services: Services) -> Mapping[str, Carrier]:
    """Carriers of outgoing messages, by the kind of their outbox rows."""
    clock = services.clock
    if not services.settings.is_test_mode:
        return {
            "email": EmailCarrier(),
            "callback": CallbackCarrier(post_final_comment, clock=clock),
        }
    # Imported late, so that an ordinary server has nothing of test mode.
    from tickiti_server.http.traffic.carriers import failing_carriers  # noqa: PLC0415

    return failing_carriers(services.request_log, post_final_comment, clock)


def create_app(
    services: Services, ending: ShutdownDeadline, own: Mapping[str, ASGIApp] | None = None
) -> ASGIApp:
    """The ASGI application. `own` are more paths of the server. Raises LookupError if rows and
    handlers do not match."""
    handlers = collect(MODULES, CATALOGUE.values())
    answers: dict[str, ASGIApp] = {
        row.path: EndpointApp(row, handlers.get(row.name), services)
        for row in CATALOGUE.values()
        if not row.is_off
    }
    answers[FRONT] = Front(services)
    answers |= {HEALTH: Health(services), READINESS: Readiness(services)}
    answers["/_tickiti/openapi.json"] = Description(services, handlers)
    answers[DOCS] = Documentation(services, handlers)
    answers |= own or {}
    if services.settings.is_vendor_only:
        answers = {path: answer for path, answer in answers.items() if _is_vendors(path)}
    router = Router(
        [Route(path, answer) for path, answer in answers.items() if "{" in path],
        redirect_slashes=False,
        default=UnknownPath(services),
        lifespan=_lifespan(services, ending),
    )
    direct = {path: answer for path, answer in answers.items() if "{" not in path}
    return _with_layers(PathTable(direct, router), services)


def _with_layers(app: ASGIApp, services: Services) -> ASGIApp:
    """The application within the layers that the server was started with, often none."""
    if services.settings.is_test_mode:
        # Imported late, so that an ordinary server has nothing of test mode.
        from tickiti_server.http.traffic.layer import FaultLayer  # noqa: PLC0415

        app = FaultLayer(app, services, faults.arm())
    recordings = services.request_log.recordings
    return app if recordings is None else Recorder(app, recordings, services.clock)


def _is_vendors(path: str) -> bool:
    """Whether a server that answers under the vendor's paths alone has this path."""
    return path in (HEALTH, READINESS) or (path != FRONT and not path.startswith(OWN_PATHS))


class PathTable:
    """Finds the application of a path: by look-up, or by the router if the path has parameters.

    The router alone would try a hundred patterns, one after the other.
    """

    def __init__(self, answers: Mapping[str, ASGIApp], router: Router) -> None:
        self._answers = answers
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answers.get(scope.get("path", ""), self._router)
        await answer(scope, receive, send)


def _lifespan(services: Services, ending: ShutdownDeadline) -> Any:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        schedules = ScheduleRepair(services.database, clock=services.clock)
        await schedules.begin()
        outgoing = Dispatcher(
            services.database,
            carriers(services),
            lease_seconds=services.settings.lease_seconds,
            drain_seconds=services.settings.delivery_drain_seconds,
            clock=services.clock,
        )
        services.alarms.append(outgoing.look)
        services.before_reset.append(outgoing.abandon)
        running = asyncio.create_task(
            outgoing.run(background.noting(services, "deliver", every_seconds=None))
        )
        beside = background.start(services)
        repairing = asyncio.create_task(schedules.run())
        yield
        for task in (*beside.running, repairing):
            task.cancel()
        await beside.purge.store_running_time()
        with suppress(TimeoutError):
            async with asyncio.timeout(ending.left() - CLOSING_SECONDS):
                await outgoing.stop()
                await running
        await services.database.close()
        services.request_log.flush()

    return lifespan
