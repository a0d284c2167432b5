"""An endpoint of test mode: the checks of every request, then a handler outside any transaction."""

from typing import Any

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.api.handler import Handler
from tickiti_server.http.bodies.decode import validate
from tickiti_server.http.pipeline import EndpointApp
from tickiti_server.http.reply import Reply, succeeded
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.control import ServerControl
from tickiti_server.idempotency.keys import KeyClaim


class ControlApp(EndpointApp):
    """Answers one row of test mode."""

    def __init__(
        self, row: Endpoint, handler: Handler, services: Services, control: ServerControl
    ) -> None:
        super().__init__(row, handler, services)
        self._control = control

    async def _run(
        self,
        handler: Handler,
        context: RequestContext,  # noqa: ARG002 - as the method that this replaces
        members: dict[str, Any],
        size: int,
        claim: KeyClaim | None = None,  # noqa: ARG002
    ) -> Reply:
        arguments = await validate(handler, members, size)
        result = await handler.function(self._control, *arguments)
        return succeeded(self._row, result)
