"""The control of a server in test mode: what its endpoints change for all requests."""

import asyncio
from dataclasses import dataclass, field

from tickiti_server.api.faults import Faults, armed
from tickiti_server.clock import wall_clock
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.clock_control import ClockControl
from tickiti_server.http.test_mode.gate import Gate
from tickiti_server.identifiers import random_id
from tickiti_server.logs.recent import RequestLog
from tickiti_server.store.access.test_mode import Epoch, find_epoch
from tickiti_server.store.interface import Database
from tickiti_server.store.open import states_of
from tickiti_server.store.outgoing.moved_clock import end_leases
from tickiti_server.store.states import States


@dataclass(slots=True)
class ServerControl:
    """The state of test mode, one for each server."""

    services: Services
    states: States
    epoch: Epoch
    gate: Gate
    clock: ClockControl
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def request_log(self) -> RequestLog:
        return self.services.request_log

    @property
    def faults(self) -> Faults:
        return armed()

    async def replace(self, state: object) -> Epoch:
        services = self.services
        # A move of the clock ends first: its work is that of the old epoch.
        async with self._turn, self.clock.still(), self.gate.closed():
            # The clock of the machine, because journals of clients compare it with their own. With
            # the gate closed, what is sent from now on belongs to the new epoch.
            epoch = Epoch(random_id(), wall_clock())
            # In one turn of the loop with the queueing of the write, see Dispatcher.abandon.
            for call in services.before_reset:
                call()
            await services.database.write(lambda tx: self.states.replace(tx, state, epoch))
            self.epoch = epoch
            await self.clock.reload()
            for call in services.after_reset:
                call()
            services.touched.clear()
            services.token_limiter.clear()
            services.address_limiter.clear()
            services.request_log.clear()
            self.faults.reset()
        return epoch


async def begin(services: Services, gate: Gate) -> ServerControl:
    """Read the state that the database has."""
    epoch = await services.database.read(find_epoch, quick=True)
    assert epoch is not None
    movable = services.movable_clock
    assert movable is not None
    # Leases of a server that was killed: no worker holds one now.
    await services.database.write(lambda tx: end_leases(tx, now=movable.now()))
    states = states_of(services.settings.database)
    return ServerControl(services, states, epoch, gate, ClockControl(services, movable))
