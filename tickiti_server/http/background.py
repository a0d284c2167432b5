"""The periodic tasks of a server: which run, how often, and when each ran last."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from tickiti_server.http.services import Services
from tickiti_server.logs.task_runs import TaskRun
from tickiti_server.periodic import backfill, closed_purge, text_index
from tickiti_server.periodic.backfill import TextBackfill
from tickiti_server.periodic.closed_purge import ClosedTicketPurge
from tickiti_server.periodic.mail_purge import SentMailPurge
from tickiti_server.periodic.purge import ReplyPurge
from tickiti_server.periodic.reopen import TicketReopener
from tickiti_server.periodic.text_index import TextIndexer
from tickiti_server.periodic.uploads import UploadPurge
from tickiti_server.store.interface import Database


class _Task(Protocol):
    async def run(self, ran: Callable[[], None]) -> None:
        """Run until cancelled, and call `ran` after each round."""


class Background(NamedTuple):
    """The running tasks, and the purge of replies, which also stores the running time at the end of
    the server."""

    running: Sequence[asyncio.Task[None]]
    purge: ReplyPurge


def start(services: Services) -> Background:
    """Start every periodic task of this database."""
    settings = services.settings
    clock, steady = services.clock, services.steady
    every = settings.purge_seconds
    database = _database_of_tasks(services)
    purge = ReplyPurge(
        database(), services.running_time, key_days=settings.key_days, every_seconds=every
    )
    tasks: dict[str, tuple[_Task, float]] = {
        "purge": (purge, every),
        "mail_purge": (
            SentMailPurge(database(), every_seconds=every, clock=clock, steady=steady),
            every,
        ),
        "closed_purge": (ClosedTicketPurge(database()), closed_purge.EVERY_SECONDS),
        "reopen": (
            TicketReopener(
                database(), every_seconds=settings.hold_seconds, clock=clock, steady=steady
            ),
            settings.hold_seconds,
        ),
        "uploads": (
            UploadPurge(
                database(), every_seconds=settings.upload_seconds, clock=clock, steady=steady
            ),
            settings.upload_seconds,
        ),
        "backfill": (TextBackfill(database()), backfill.EVERY_SECONDS),
        "text_index": (TextIndexer(database()), text_index.EVERY_SECONDS),
    }
    running = [
        asyncio.create_task(task.run(noting(services, task_id, seconds)))
        for task_id, (task, seconds) in tasks.items()
    ]
    if services.known_keys is not None:
        running.append(asyncio.create_task(services.known_keys.load(services.database)))
    watches = (services.database_clock, services.durability)
    running += [asyncio.create_task(watch.run()) for watch in watches if watch is not None]
    return Background(running, purge)


def _database_of_tasks(services: Services) -> Callable[[], Database]:
    """Return the function that gives each task its database."""
    if not services.settings.is_test_mode:
        return lambda: services.database
    # Imported late, so that an ordinary server has nothing of test mode.
    from tickiti_server.http.test_mode.one_epoch import of_one_epoch  # noqa: PLC0415

    return lambda: of_one_epoch(services)


def noting(services: Services, task_id: str, every_seconds: float | None) -> Callable[[], None]:
    """Return the callback that a task calls after each round, so that supervisor/super-tasks shows
    its last run."""

    def ran() -> None:
        services.task_runs[task_id] = TaskRun(services.clock(), every_seconds)

    return ran
