"""Claims what is due, has it carried, settles it: for as long as the server runs.

The rule of this file: it never waits for another server itself. Each delivery has a thread, and the
event loop sees only claims and results.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tickiti_cli.contract.errors import ApiError
from tickiti_server import crash_points
from tickiti_server.call import SECOND, Microseconds
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

MOST_AT_ONCE = 8
ABREAST = 2
"""Deliveries of one lane at once: a server that hangs keeps the others' mail from nothing."""

MOST_SECONDS = 1200
"""An attempt that lasts longer loses its lease: ten minutes for the last reply and ten for all
that comes before it."""

MARK_SECONDS = 30
RESTING = "Its host failed several times in a row, and is left alone for a minute."
LOST = "The reply to the last attempt was lost; the other server may have taken it."

logger = logging.getLogger("tickiti.delivery")


@dataclass(slots=True)
class Job:
    """One attempt at one row."""

    row: Row
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
        self._stopping = asyncio.Event()
        self._has_ended = False

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
        self._has_ended = True
        for task in self._running:
            task.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _start_what_is_due(self) -> None:
        now, free = self._clock(), MOST_AT_ONCE - len(self._running)
        is_due = await self._database.read(
            lambda tx: stored.is_due(tx, now=now, abreast=ABREAST), quick=True
        )
        if not is_due:
            return
        jobs = await self._database.write(lambda tx: self._claim(tx, free))
        crash_points.reached("disp.claimed")
        for job in jobs:
            task = asyncio.create_task(self._deliver(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _claim(self, tx: Transaction, free: int) -> list[Job]:
        now = self._clock()
        if stored.reclaim(tx, now=now, lost=LOST):
            logger.warning("deliveries were taken back from a worker that is gone")
        jobs: list[Job] = []
        while len(jobs) < free:
            row = stored.claim(tx, now=now, until=self._lease_end(), abreast=ABREAST)
            if row is None:
                break
            carrier = self._carriers[row["kind"]]
            jobs.append(Job(row, carrier, carrier.load(tx, row)))
        return jobs

    def _lease_end(self) -> Microseconds:
        return self._clock() + int(self._lease_seconds * SECOND)

    async def _deliver(self, job: Job) -> None:
        renewal = asyncio.create_task(self._renew(job))
        try:
            verdict = await self._carried(job)
            await self._settle(job, verdict)
        except LeaseLost:
            logger.warning("%s: its worker was too slow, and sent nothing", job.row["id"])
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
            return job.carrier.carry(job.parcel, lambda: self._mark(job, loop))
        except LeaseLost as lost:
            return lost
        except ApiError as error:  # the mark was not written, so nothing was sent
            return Later(error.message)
        except Exception as error:
            logger.exception("%s: an attempt failed in itself", job.row["id"])
            sentence = f"The server met an error of its own ({type(error).__name__}); see its log."
            return Doubtful(sentence) if job.is_marked else Later(sentence)

    def _mark(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """In the delivery's thread: wait until the mark is on the disk."""
        if self._has_ended:  # there is no database any more, so there must be no dot
            raise LeaseLost
        until = self._lease_end()
        marking = self._database.write(lambda tx: stored.mark_dot(tx, **job.lease, until=until))
        if not asyncio.run_coroutine_threadsafe(marking, loop).result(MARK_SECONDS):
            raise LeaseLost
        job.is_marked = True

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


def _resolve(future: "asyncio.Future[Verdict]", outcome: Verdict | LeaseLost) -> None:
    if future.done():
        return
    if isinstance(outcome, LeaseLost):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
