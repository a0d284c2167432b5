"""What the handlers of test mode may ask of the server that they control."""

from typing import NamedTuple, Protocol

from tickiti_server.api.faults import Faults
from tickiti_server.clock import Microseconds
from tickiti_server.logs.recent import RequestLog
from tickiti_server.store.access.test_mode import Epoch
from tickiti_server.store.interface import Database
from tickiti_server.store.states import States


class ClockReading(NamedTuple):
    """What the server's clock shows, in microseconds."""

    now: Microseconds
    ahead: Microseconds
    """How far it is ahead of the machine's clock; negative: behind it."""

    is_frozen: bool
    under_way: int
    """Deliveries that the move did not wait for."""


class ClockControl(Protocol):
    """Moves the server's clock. What falls due by a move has happened when it returns."""

    async def show(self) -> ClockReading: ...

    async def freeze(self, moment: Microseconds | None) -> ClockReading: ...

    async def advance(self, by: Microseconds) -> ClockReading: ...

    async def reset(self) -> ClockReading: ...


class Control(Protocol):
    """A server in test mode.

    A handler of test mode is `async function(control, body) -> reply`, outside of any transaction,
    because it changes what all requests share.
    """

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> ClockControl: ...

    @property
    def request_log(self) -> RequestLog: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def states(self) -> States: ...

    @property
    def epoch(self) -> Epoch: ...

    async def replace(self, state: object) -> Epoch:
        """Put a state in place of the present one, and begin an epoch. Requests under way end
        first, and new ones wait."""
        ...
