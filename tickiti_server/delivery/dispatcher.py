"""Claims what is due, has it carried, settles it: for as long as the server runs.

The rule of this file: it never waits for another server itself. Each delivery has a thread, and the
event loop sees only claims and results.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from tickiti_cli.contract.errors import ApiError, Overloaded
from tickiti_server import crash_points
from tickiti_server.call import SECOND, Microseconds
from tickiti_server.delivery.places import Lane, Offer, Places
from tickiti_server.delivery.verdicts import (
    PAUSE_SECONDS,
    REST_SECONDS,
    Barred,
    Carrier,
    Delivered,
    Doubtful,
    Later,
    LeaseLost,
    Verdict,
    settlement,
)
from tickiti_server.store import outbox as stored
from tickiti_server.store.database import Database, Row, Transaction

POLL_SECONDS = 0.2
"""A look at one index; mail that was just accepted need not be told of in any other way."""

PIECE = 64 * 1024
"""Bytes of a mail that are read at a time."""

MOST_SECONDS = 1200
"""An attempt that lasts longer loses its lease: ten minutes for the last reply and ten for all
that comes before it."""

MARK_SECONDS = 30
RESTING = "Its host failed several times in a row, and is left alone for a minute."
LOST = "The reply to the last attempt was lost; the other server may have taken it."

logger = logging.getLogger("tickiti.delivery")

Result = TypeVar("Result")


@dataclass(slots=True)
class Job:
    """One attempt at one row."""

    row: Row
    lane: Lane
    carrier: Carrier
    parcel: object
    is_marked: bool = False

    @property
    def lease(self) -> dict[str, int]:
        return {"seq": self.row["seq"], "lease_token": self.row["lease_token"]}


class Dispatcher:
    """Runs beside the server in its event loop."""

    def __init__(
        self,
        database: Database,
        carriers: Mapping[str, Carrier],
        *,
        lease_seconds: float,
        drain_seconds: float,
        clock: Callable[[], Microseconds],
    ) -> None:
        self._database = database
        self._carriers = carriers
        self._lease_seconds = lease_seconds
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._places = Places()
        self._stopping = asyncio.Event()
        self.has_ended = False

    async def run(self) -> None:
        """Until `stop`; no error ends it."""
        while not self._stopping.is_set():
            pause = POLL_SECONDS
            try:
                await self._start_what_is_due()
            except ApiError as error:
                pause = 1.0  # a full disk, say: the rows wait
                logger.warning("the outbox could not be read: %s", error)
            except Exception:
                pause = 1.0
                logger.exception("the outbox could not be read")
            await self._pause(pause)

    async def stop(self) -> None:
        """Begin nothing new, and give what has begun some time. What is then unfinished is taken
        back by the next server, when its lease has run out."""
        self._stopping.set()
        if self._running:
            await asyncio.wait(self._running, timeout=self._drain_seconds)
        self.has_ended = True
        for task in self._running:
            task.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _start_what_is_due(self) -> None:
        now, offer = self._clock(), self._places.offer()
        is_due = await self._database.read(lambda tx: _is_due(tx, offer, now), quick=True)
        if not is_due:
            return
        jobs = await self._database.write(lambda tx: self._claim(tx, offer))
        crash_points.reached("disp.claimed")
        for job in jobs:
            task = asyncio.create_task(self._deliver(job))
            self._running.add(task)
            self._places.begin(task, job.lane)
            task.add_done_callback(self._has_run)

    def _has_run(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.end(task)

    def _claim(self, tx: Transaction, offer: Offer) -> list[Job]:
        """One delivery of each lane that has some, then another one of each."""
        now = self._clock()
        if stored.reclaim(tx, now=now, lost=LOST):
            logger.warning("deliveries were taken back from a worker that is gone")
        lanes = _ready(tx, offer, now, most=offer.free)
        jobs: list[Job] = []
        for lane in (*lanes, *lanes):
            if not offer.takes(lane, [job.lane for job in jobs]):
                continue
            row = stored.claim(tx, lane.name, now=now, until=self._lease_end())
            if row is not None:
                carrier = self._carriers[row["kind"]]
                jobs.append(Job(row, lane, carrier, carrier.load(tx, row)))
        return jobs

    def _lease_end(self) -> Microseconds:
        return self._clock() + int(self._lease_seconds * SECOND)

    async def _deliver(self, job: Job) -> None:
        renewal = asyncio.create_task(self._renew(job))
        try:
            verdict = await self._carried(job)
            await self._settle(job, verdict)
        except LeaseLost:
            logger.warning("%s: its lease was lost, and nothing was sent", job.row["id"])
        finally:
            renewal.cancel()

    def _carried(self, job: Job) -> "asyncio.Future[Verdict]":
        """The verdict of a thread. It is a daemon: a server that hangs must not keep ours alive."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Verdict] = loop.create_future()

        def carry() -> None:
            outcome = self._attempt(job, loop)
            with suppress(RuntimeError):  # the server has ended: the next one takes the row back
                loop.call_soon_threadsafe(_resolve, future, outcome)

        threading.Thread(target=carry, name=job.row["id"], daemon=True).start()
        return future

    def _attempt(self, job: Job, loop: asyncio.AbstractEventLoop) -> Verdict | LeaseLost:
        try:
            return job.carrier.carry(job.parcel, _Grip(self, job, loop))
        except LeaseLost as lost:
            return lost
        except ApiError as error:  # the mark was not written, so nothing was sent
            return Later(error.message)
        except Exception as error:
            logger.exception("%s: an attempt failed in itself", job.row["id"])
            sentence = f"The server met an error of its own ({type(error).__name__}); see its log."
            return Doubtful(sentence) if job.is_marked else Later(sentence)

    async def mark(self, job: Job) -> bool:
        """Note durably that the other side may have it from now on; False: the lease is lost."""
        until = self._lease_end()
        is_mine = await self._database.write(
            lambda tx: stored.mark_dot(tx, **job.lease, until=until)
        )
        job.is_marked = is_mine
        return is_mine

    async def piece(self, job: Job, start: int) -> bytes:
        seq = job.row["seq"]
        return await self._database.read(
            lambda tx: stored.piece(tx, seq, start=start, size=PIECE), quick=True
        )

    async def _renew(self, job: Job) -> None:
        """Keep the lease while the attempt runs, but not for ever."""
        rounds = int(3 * MOST_SECONDS / self._lease_seconds)
        for _ in range(rounds):
            await asyncio.sleep(self._lease_seconds / 3)
            until = self._lease_end()
            try:
                await self._database.write(lambda tx: stored.renew(tx, **job.lease, until=until))  # noqa: B023
            except ApiError as error:
                logger.warning("%s: its lease was not renewed: %s", job.row["id"], error)

    async def _settle(self, job: Job, verdict: Verdict) -> None:
        """Note the result; while the disk is full it is kept in mind and its lease renewed."""
        while True:
            try:
                await self._database.write(lambda tx: self._note(tx, job, verdict))
            except ApiError as error:
                logger.warning("%s: its result waits: %s", job.row["id"], error)
                await asyncio.sleep(1)
            else:
                crash_points.reached("disp.done_committed")
                return

    def _note(self, tx: Transaction, job: Job, verdict: Verdict) -> None:
        now, lane = self._clock(), job.row["lane"]
        columns = settlement(job.row, verdict, carrier=job.carrier, now=now)
        if stored.settle(tx, **job.lease, **columns):
            job.carrier.settled(tx, job.row, verdict, now=now)
        else:
            logger.warning("%s: its lease had run out; the result is dropped", job.row["id"])
        if isinstance(verdict, Barred):
            stored.pause(tx, lane, until=now + PAUSE_SECONDS * SECOND, reason=verdict.error)
            logger.error("%s is paused: %s", lane, verdict.error)
        elif isinstance(verdict, Delivered):
            stored.resume(tx, lane)
        elif isinstance(verdict, Later) and job.carrier.patience is not None:
            until, most = now + REST_SECONDS * SECOND, job.carrier.patience
            stored.stumble(tx, lane, most=most, until=until, reason=RESTING)


class _Grip:
    """The Grip of one attempt, in its thread."""

    def __init__(self, dispatcher: Dispatcher, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        self._dispatcher, self._job, self._loop = dispatcher, job, loop

    def mark(self) -> None:
        if not self._awaited(self._dispatcher.mark(self._job)):
            raise LeaseLost

    def piece(self, start: int) -> bytes:
        return self._awaited(self._dispatcher.piece(self._job, start))

    def _awaited(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the event loop makes of it. Raises ApiError, and LeaseLost if the server has ended:
        there is no database any more, so that there must be no dot."""
        if self._dispatcher.has_ended:
            work.close()
            raise LeaseLost
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(MARK_SECONDS)
        except TimeoutError:  # of our own disk, not of the other server
            raise Overloaded from None


def _is_due(tx: Transaction, offer: Offer, now: Microseconds) -> bool:
    """Whether there is something to claim or to take back; a look-up or two."""
    if stored.is_lost(tx, now=now):
        return True
    return bool(offer.free and _ready(tx, offer, now, most=1))


def _ready(tx: Transaction, offer: Offer, now: Microseconds, *, most: int) -> list[Lane]:
    rows = stored.ready(tx, now=now, closed=offer.closed, full=offer.full, most=most)
    return [Lane(row["name"], row["server"]) for row in rows]


def _resolve(future: "asyncio.Future[Verdict]", outcome: Verdict | LeaseLost) -> None:
    if future.done():
        return
    if isinstance(outcome, LeaseLost):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
