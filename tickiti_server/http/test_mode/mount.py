"""Makes the application of a server in test mode. Rule: imported in test mode alone."""

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp

from tickiti_cli.contract.bundled.test_mode.catalogue import TEST_CATALOGUE
from tickiti_server.api.handler import collect
from tickiti_server.api.test_mode.registry import MODULES
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.control import ServerControl, begin
from tickiti_server.http.test_mode.endpoint import ControlApp
from tickiti_server.http.test_mode.gate import Gate
from tickiti_server.http.test_mode.health import TestHealth

HEALTH = "/_tickiti/healthz"


async def application(
    services: Services, make: Callable[[Mapping[str, ASGIApp]], ASGIApp]
) -> ASGIApp:
    """The application that `make` makes of the paths of test mode, behind the gate of resets."""
    gate = Gate()
    control = await begin(services, gate)
    own = answers(services, control) | {HEALTH: TestHealth(services, control)}
    gate.open_to(make(own))
    return gate


def answers(services: Services, control: ServerControl) -> dict[str, ASGIApp]:
    """The applications of test mode by path. Raises LookupError if rows and handlers differ."""
    handlers = collect(MODULES, TEST_CATALOGUE.values())
    return {
        row.path: ControlApp(row, handlers[row.name], services, control)
        for row in TEST_CATALOGUE.values()
    }
