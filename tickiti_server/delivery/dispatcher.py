"""Delivers the outbox: claims due rows under a lease, sends them, and stores the outcomes.

Rule: the event loop never waits for another server; each delivery has a thread. Nothing in memory
decides what is sent. If the server is killed, the next server takes back the rows whose leases have
expired.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from tickiti_cli.contract.errors import ApiError, Overloaded
from tickiti_server import crash_points
from tickiti_server.clock import SECOND, Clock, Microseconds
from tickiti_server.delivery.attempt import Attempt, resolve_future
from tickiti_server.delivery.due_lanes import is_due, ready_lanes
from tickiti_server.delivery.outcomes import (
    PAUSE_SECONDS,
    REST_SECONDS,
    Blocked,
    Carrier,
    Delivered,
    LeaseLost,
    Outcome,
    Retry,
    Uncertain,
    settlement,
)
from tickiti_server.delivery.slots import DeliverySlots, FreeSlots
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.outgoing import outbox as stored

POLL_SECONDS = 0.2
"""Time between two polls. A poll reads one index, so that new mail needs no other signal."""

PIECE_BYTES = 64 * 1024
"""Bytes of a mail that are read at once."""

MOST_SECONDS = 1200
"""A longer attempt loses its lease: ten minutes for the last reply, ten for the rest."""

DATABASE_SECONDS = 30
RESTING = "Its host failed several times in a row, and is left alone for a minute."
LOST = "The reply to the last attempt was lost; the other server may have taken it."

logger = logging.getLogger("tickiti.delivery")

Result = TypeVar("Result")


class Dispatcher:
    """Delivers the outbox in the event loop of the server."""

    def __init__(
        self,
        database: Database,
        carriers: Mapping[str, Carrier],
        *,
        lease_seconds: float,
        drain_seconds: float,
        clock: Clock,
    ) -> None:
        self._database = database
        self._carriers = carriers
        self._lease_seconds = lease_seconds
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._running: dict[asyncio.Task[None], Attempt] = {}
        self._resets = 0
        self._slots = DeliverySlots()
        self._woken = asyncio.Event()
        self._is_stopping = False
        self.has_ended = False

    async def run(self, ran: Callable[[], None] = lambda: None) -> None:
        """Run until `stop`; an error does not end the loop. `ran` is called after each look at the
        outbox that did not fail."""
        while not self._is_stopping:
            pause = POLL_SECONDS
            try:
                await self._start_due_deliveries()
                ran()
            except ApiError as error:
                pause = 1.0  # on a full disk, for example, the rows wait
                logger.warning("the outbox could not be read: %s", error)
            except Exception:
                pause = 1.0
                logger.exception("the outbox could not be read")
            await self._pause(pause)

    async def stop(self) -> None:
        """Start no delivery, and wait for the running ones.

        The next server takes back unfinished deliveries when their leases have expired.
        """
        self._is_stopping = True
        self.look()
        if self._running:
            await asyncio.wait(self._running, timeout=self._drain_seconds)
        self.has_ended = True
        for task in self._running:
            task.cancel()

    def look(self) -> None:
        """Look for due deliveries now rather than after the pause between two polls."""
        self._woken.set()

    def abandon(self) -> None:
        """Give up every delivery that has begun: its row is about to be another one.

        The caller queues the write that replaces the rows in the same turn of the loop, so that a
        claim is either queued before, and dropped, or sees the new rows.
        """
        self._resets += 1
        for task, attempt in self._running.items():
            attempt.is_abandoned = True
            task.cancel()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    async def _start_due_deliveries(self) -> None:
        now, free = self._clock(), self._slots.free()
        if not await self._database.read(lambda tx: is_due(tx, free, now), quick=True):
            return
        resets = self._resets
        attempts = await self._database.write(lambda tx: self._claim(tx, free))
        crash_points.reached("disp.claimed")
        if resets != self._resets:
            return
        for attempt in attempts:
            task = asyncio.create_task(self._deliver(attempt))
            self._running[task] = attempt
            self._slots.begin(task, attempt.lane)
            task.add_done_callback(self._forget_task)

    def _forget_task(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._slots.end(task)

    def _claim(self, tx: Transaction, free: FreeSlots) -> list[Attempt]:
        """Claim one due delivery of each lane, then a second one of each lane."""
        now = self._clock()
        if stored.reclaim_expired(tx, now=now, lost=LOST):
            logger.warning("deliveries were taken back from a worker that ended")
        lanes = ready_lanes(tx, free, now, most=free.count)
        attempts: list[Attempt] = []
        for lane in (*lanes, *lanes):
            if not free.admits(lane, [attempt.lane for attempt in attempts]):
                continue
            row = stored.claim_delivery(tx, lane.name, now=now, until=self._lease_end())
            if row is not None:
                carrier = self._carriers[row["kind"]]
                attempts.append(Attempt(row, lane, carrier, carrier.load(tx, row)))
        return attempts

    def _lease_end(self) -> Microseconds:
        """Called inside of the transaction, in which a test server's clock may be moved."""
        return self._clock() + int(self._lease_seconds * SECOND)

    async def _deliver(self, attempt: Attempt) -> None:
        renewal = asyncio.create_task(self._renew(attempt))
        try:
            outcome = await self._carry(attempt)
            await self._settle(attempt, outcome)
        except LeaseLost:
            logger.warning("%s: its lease was lost, and nothing was sent", attempt.row["id"])
        finally:
            renewal.cancel()

    def _carry(self, attempt: Attempt) -> "asyncio.Future[Outcome]":
        """Run an attempt in a daemon thread, so that a hanging server keeps no process alive."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()

        def carry() -> None:
            outcome = self._run_attempt(attempt, loop)
            # Where the server has ended, the next one takes the row back.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(resolve_future, future, outcome)

        threading.Thread(target=carry, name=attempt.row["id"], daemon=True).start()
        return future

    def _run_attempt(
        self, attempt: Attempt, loop: asyncio.AbstractEventLoop
    ) -> Outcome | LeaseLost:
        try:
            return attempt.carrier.carry(attempt.job, _LeaseHandle(self, attempt, loop))
        except LeaseLost as lost:
            return lost
        except ApiError as error:  # the mark was not stored, so nothing was sent
            return Retry(error.message)
        except Exception as error:
            logger.exception("%s: an attempt failed in itself", attempt.row["id"])
            sentence = f"Internal server error ({type(error).__name__}); see its log."
            return Uncertain(sentence) if attempt.may_have_arrived else Retry(sentence)

    async def mark_may_have_arrived(self, attempt: Attempt) -> bool:
        """Store that the other server may have the delivery from now on.

        Returns False if the lease is lost.
        """
        if attempt.is_abandoned:
            return False
        attempt.may_have_arrived = await self._database.write(
            lambda tx: stored.mark_may_have_arrived(tx, **attempt.lease, until=self._lease_end())
        )
        return attempt.may_have_arrived

    async def read_piece(self, attempt: Attempt, start: int) -> bytes:
        seq = attempt.row["seq"]
        return await self._database.read(
            lambda tx: stored.read_piece(tx, seq, start=start, size=PIECE_BYTES), quick=True
        )

    async def _renew(self, attempt: Attempt) -> None:
        """Renew the lease while the attempt runs, for at most three times MOST_SECONDS."""
        for _ in range(int(3 * MOST_SECONDS / self._lease_seconds)):
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await self._renew_once(attempt)
            except ApiError as error:
                logger.warning("%s: its lease was not renewed: %s", attempt.row["id"], error)

    async def _renew_once(self, attempt: Attempt) -> None:
        await self._database.write(
            lambda tx: stored.renew_lease(tx, **attempt.lease, until=self._lease_end())
        )

    async def _settle(self, attempt: Attempt, outcome: Outcome) -> None:
        """Store the outcome. On a full disk this is retried while the lease is renewed."""
        while True:
            try:
                await self._database.write(lambda tx: self._store_outcome(tx, attempt, outcome))
            except ApiError as error:
                logger.warning("%s: its result waits: %s", attempt.row["id"], error)
                await asyncio.sleep(1)
            else:
                crash_points.reached("disp.done_committed")
                return

    def _store_outcome(self, tx: Transaction, attempt: Attempt, outcome: Outcome) -> None:
        now, lane = self._clock(), attempt.row["lane"]
        columns = settlement(attempt.row, outcome, carrier=attempt.carrier, now=now)
        if stored.settle_delivery(tx, **attempt.lease, **columns):
            attempt.carrier.settled(tx, attempt.row, outcome, now=now)
        else:
            logger.warning("%s: its lease had run out; the result is dropped", attempt.row["id"])
        if isinstance(outcome, Blocked):
            stored.pause_lane(tx, lane, until=now + PAUSE_SECONDS * SECOND, reason=outcome.error)
            logger.error("%s is paused: %s", lane, outcome.error)
        elif isinstance(outcome, Delivered):
            stored.resume_lane(tx, lane)
        elif isinstance(outcome, Retry) and attempt.carrier.patience is not None:
            until, most = now + REST_SECONDS * SECOND, attempt.carrier.patience
            stored.count_failure(tx, lane, most=most, until=until, reason=RESTING)


class _LeaseHandle:
    """The LeaseHandle of one attempt, used in its thread."""

    def __init__(
        self, dispatcher: Dispatcher, attempt: Attempt, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._dispatcher, self._job, self._loop = dispatcher, attempt, loop

    def mark_may_have_arrived(self) -> None:
        if not self._run_in_loop(self._dispatcher.mark_may_have_arrived(self._job)):
            raise LeaseLost

    def read_piece(self, start: int) -> bytes:
        return self._run_in_loop(self._dispatcher.read_piece(self._job, start))

    def _run_in_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` in the event loop and return its result. Raises ApiError.

        Raises LeaseLost if the server has ended, because the dot must not be sent without a
        database.
        """
        if self._dispatcher.has_ended or self._job.is_abandoned:
            work.close()
            raise LeaseLost
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(DATABASE_SECONDS)
        except TimeoutError:  # our own disk is slow, not the other server
            raise Overloaded from None
