"""Moves the clock of a server in test mode, and does what falls due by that.

Rule: time passes in order. A clock that is set forwards stops at each moment at which something
falls due, and goes on when that is done: a ticket opens at midnight of its day, and a callback that
nobody takes is tried again as often as its schedule says.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tickiti_cli.contract.errors import ApiError, ValidationFailed
from tickiti_server.api.test_mode.control import ClockReading
from tickiti_server.clock import ClockState, Microseconds, MovableClock, midnight_of
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.due_work import DueWork, Patience
from tickiti_server.store.access.running_time import find_running_time, store_running_time
from tickiti_server.store.access.test_clock import find_clock_state, store_clock_state
from tickiti_server.store.interface import Transaction
from tickiti_server.store.outgoing import moved_clock

MOST_SECONDS = 20.0
"""Real time of one move. Then the clock goes to its end at once, and the rest is done there."""

MOST_STOPS = 1000
"""Stops of one move. A mailbox with a wrong password is tried again every five minutes for ever."""

EARLIEST = midnight_of("1970-01-01")
LATEST = midnight_of("9000-01-01")
"""Later than any schedule of a test, and far from the last year that can be written."""

Change = Callable[[ClockState, Microseconds], ClockState]
"""The state to move to, from the present one and the time of the machine's clock."""

logger = logging.getLogger("tickiti.clock")


class ClockControl:
    """The control of one server's clock."""

    def __init__(self, services: Services, clock: MovableClock) -> None:
        self._services = services
        self._database = services.database
        self._clock = clock
        self._due = DueWork(services)
        self._turn = asyncio.Lock()

    async def show(self) -> ClockReading:
        under_way = await self._database.read(moved_clock.count_claimed)
        state, machine = self._clock.state, self._clock.machine()
        now = state.at(machine)
        return ClockReading(now, now - machine, state.frozen_at is not None, under_way)

    async def freeze(self, moment: Microseconds | None) -> ClockReading:
        def frozen(state: ClockState, machine: Microseconds) -> ClockState:
            return ClockState(frozen_at=state.at(machine) if moment is None else moment)

        return await self._move("moment", frozen)

    async def advance(self, by: Microseconds) -> ClockReading:
        def advanced(state: ClockState, machine: Microseconds) -> ClockState:
            return state.moved_to(state.at(machine) + by, machine)

        return await self._move("seconds", advanced)

    async def reset(self) -> ClockReading:
        return await self._move("moment", lambda *_: ClockState())

    async def reload(self) -> None:
        """Set the clock and the age of keys to what the database holds, whose content was replaced.
        Nothing falls due by this: what is due in the new content is done as at a start. The caller
        is within `still`."""
        state, counted = await self._database.read(
            lambda tx: (find_clock_state(tx), find_running_time(tx))
        )
        self._clock.move(state)
        self._services.running_time.restart(counted)
        self._ring()

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Let the move under way end, and keep others waiting."""
        async with self._turn:
            yield

    async def _move(self, field: str, change: Change) -> ClockReading:
        await self._database.write(lambda tx: self._aim(tx, field, change))
        async with self._turn:
            patience = Patience(MOST_SECONDS)
            await self._follow(patience)
            await self._due.happen(patience)
            await self._due.forget()
        reading = await self.show()
        if reading.under_way:
            logger.warning("%d deliveries are still under way", reading.under_way)
        return reading

    def _aim(self, tx: Transaction, field: str, change: Change) -> None:
        """Store the state to move to, and the age that keys have then.

        The present state is the stored one, to which another request may be on its way.
        """
        machine = self._clock.machine()
        state = change(find_clock_state(tx), machine)
        if not EARLIEST <= state.at(machine) <= LATEST:
            sentence = f"The {field} field must stay within the years 1970 to 8999."
            raise ValidationFailed.of(field, sentence)
        store_clock_state(tx, state)
        forwards = max(state.at(machine) - self._clock.now(), 0)
        store_running_time(tx, self._services.running_time.now() + forwards)

    async def _follow(self, patience: Patience) -> None:
        """Move the clock to the stored state, with a stop wherever something falls due."""
        stops = 0
        while (aim := await self._database.read(find_clock_state)) != self._clock.state:
            stops += 1
            is_hasty = patience.is_over or stops > MOST_STOPS
            await self._set(aim if is_hasty else await self._next_stop(aim))
            if self._clock.state != aim:
                await self._due.happen(patience)

    async def _next_stop(self, aim: ClockState) -> ClockState:
        machine = self._clock.machine()
        moment = await self._due.next_moment()
        if moment is None or moment >= aim.at(machine):
            return aim
        return aim.moved_to(moment, machine)

    async def _set(self, state: ClockState) -> None:
        """Move the clock inside a transaction, so that no lease expires by the move."""
        before = self._clock.state

        def move(tx: Transaction) -> None:
            machine = self._clock.machine()
            by = state.at(machine) - before.at(machine)
            moved_clock.shift_leases(tx, by)
            if by < 0:
                moved_clock.shift_waits(tx, by)
            self._clock.move(state)

        try:
            await self._database.write(move)
        except ApiError:
            self._clock.move(before)
            raise
        self._ring()

    def _ring(self) -> None:
        self._services.touched.clear()
        for ring in self._services.alarms:
            ring()
