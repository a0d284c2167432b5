"""`python -m tickiti_server serve`: answers requests on a given socket, under a given lock."""

import argparse
import asyncio
import gc
import ipaddress
import os
import resource
import shutil
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import ASGIApp

from tickiti_cli.contract.files import lockfile
from tickiti_server import allocator, crash_points
from tickiti_server.auth.first_token import DEFAULT_NAME
from tickiti_server.auth.page_sessions import PageSessions
from tickiti_server.auth.token_cache import TokenCache
from tickiti_server.clock import LATEST, Clocks, FollowingClock, MovableClock
from tickiti_server.connection.listener import Server, write_lock_files
from tickiti_server.connection.protocol import CONNECTIONS_PER_SLOT, guarded_by
from tickiti_server.http.app import create_app
from tickiti_server.http.bodies.memory import BodyMemory, WorkMemory
from tickiti_server.http.rate_limit import RateLimiter
from tickiti_server.http.services import Services
from tickiti_server.idempotency.key_locks import KeyLocks
from tickiti_server.idempotency.known_keys import KnownKeys
from tickiti_server.idempotency.minted_keys import KeyMinter, signing_secret
from tickiti_server.idempotency.running_time import MOST_STEP, RunningTime
from tickiti_server.identifiers import name_node
from tickiti_server.logs import setup
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.recording import Recordings
from tickiti_server.page.mount import page_answers
from tickiti_server.periodic.database_clock import DatabaseClock
from tickiti_server.periodic.durability import Durability
from tickiti_server.settings import MOST_CONNECTIONS, Settings
from tickiti_server.shutdown import ShutdownDeadline
from tickiti_server.store.access import running_time, test_mode
from tickiti_server.store.access.test_clock import find_clock_state
from tickiti_server.store.interface import Database, DatabaseUnusable
from tickiti_server.store.open import accept_durability, open_database

BACKLOG = 1024


FILES_OF_OUR_OWN = 48
"""Files that are not connections: database, log, lock, listener, event loop, and a reserve."""


MOST_FILES = 10_240
"""The files that every macOS lets a process open (OPEN_MAX)."""


YOUNG_OBJECTS = 10_000
"""Allocations between two garbage collections, 14 times the default.

A request creates no reference cycles.
"""


def serve(options: argparse.Namespace) -> int:
    """Run the server until a signal stops it. Returns the exit code."""
    allocator.return_large_blocks()
    clocks = _clocks(options)
    recordings = Recordings() if options.record_bodies else None
    lines = setup.start_logging(options.log_format, clocks.now)
    requests = RequestLog(lines, recordings)
    crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
    lock = _lock(options)
    if not isinstance(options.db, Path):
        # By default every machine has one called `local`.
        name_node("" if options.name == DEFAULT_NAME else options.name)
    listener = socket.socket(fileno=options.socket_fd)
    is_local = _is_loopback(listener) and not options.behind_proxy
    settings = Settings(
        database=options.db,
        rate_limit=options.rate_limit,
        behind_proxy=options.behind_proxy,
        without_plans=frozenset(options.without_plan),
        is_vendor_only=options.vendor_only,
        is_test_mode=options.test,
        is_local=is_local,
        has_page=(is_local or options.page) and not options.vendor_only,
        most_connections=most_connections(),
    )

    def on_exit() -> None:
        write_lock_files(options, lock, lockfile.Running(pid=os.getpid()))
        if options.discard:
            shutil.rmtree(Path(options.db).parent, ignore_errors=True)

    ending = ShutdownDeadline(settings.drain_seconds, on_exit)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            serving = _answer_requests(
                settings, requests, listener, lock, options, ending=ending, clocks=clocks
            )
            runner.run(serving)
    finally:
        on_exit()
    return 0


def _clocks(options: argparse.Namespace) -> Clocks:
    if options.test:
        return MovableClock().readings
    is_one_machine = isinstance(options.db, Path)
    return Clocks() if is_one_machine else FollowingClock().readings


def _lock(options: argparse.Namespace) -> int | None:
    """The lock of the CLI, or one on the database file. A URL has no lock of its own, because
    several servers may serve it."""
    if options.lock_fd is None and isinstance(options.db, Path):
        options.lock_fd, options.database_fd = lockfile.hold(options.db)
    lock: int | None = options.lock_fd
    return lock


def _is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def most_connections() -> int:
    """The number of connection slots: MOST_CONNECTIONS, or fewer if the file limit is low.

    Raises the soft limit of open files first. Each slot needs files for queued and closing
    connections too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else MOST_FILES
    # The hard limit of macOS is infinity, but setrlimit accepts neither that nor over OPEN_MAX.
    for most in (wanted, min(wanted, MOST_FILES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
            break
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, (soft - FILES_OF_OUR_OWN) // CONNECTIONS_PER_SLOT))


def _spare_the_collector() -> None:
    """Exclude what was imported and made so far from garbage collection.

    Collecting them took 7 % of the time under load, and each full collection paused requests for
    10 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 50, 100)
    gc.enable()


async def _answer_requests(
    settings: Settings,
    request_log: RequestLog,
    listener: socket.socket,
    lock: int | None,
    options: argparse.Namespace,
    *,
    ending: ShutdownDeadline,
    clocks: Clocks,
) -> None:
    unsafe = _warn_of_unsafe(options)
    database = open_database(settings.database, name=options.name)
    _refuse_another_file(options)
    database_clock = await _follow(database, clocks)
    if settings.is_test_mode:
        await _refuse_real_helpdesk(settings, database, listener)
    if clocks.movable:
        clocks.movable.move(await database.read(find_clock_state, quick=True))
    durability = Durability(database, unsafe) if database.is_shared else None
    services = await _services(
        settings, database, request_log, clocks, database_clock, durability=durability
    )
    config = _configuration(await _application(services, ending), settings)
    _spare_the_collector()
    server = Server(
        config,
        listener=listener,
        lock=lock,
        options=options,
        ending=ending,
        clocks=clocks,
    )
    services.alarms.append(server.announce_clock)
    await server.serve(sockets=[listener])


async def _services(
    settings: Settings,
    database: Database,
    request_log: RequestLog,
    clocks: Clocks,
    database_clock: DatabaseClock | None,
    *,
    durability: Durability | None,
) -> Services:
    return Services(
        settings=settings,
        database=database,
        key_minter=KeyMinter(await database.read(signing_secret, quick=True)),
        token_cache=TokenCache(database),
        key_locks=KeyLocks(settings.key_wait_seconds),
        known_keys=None if settings.is_test_mode else KnownKeys(),
        token_limiter=RateLimiter(settings.rate_limit, clocks.waited),
        address_limiter=RateLimiter(settings.minted_keys_per_minute, clocks.waited),
        body_memory=BodyMemory(settings.most_body_memory, small=settings.most_public_body),
        work_memory=WorkMemory(settings.most_work_memory, wait_seconds=settings.work_seconds),
        request_log=request_log,
        page_sessions=PageSessions() if settings.has_page else None,
        running_time=await _running_time(database, clocks),
        clock=clocks.now,
        durability=durability,
        database_clock=database_clock,
        steady=clocks.steady,
        movable_clock=clocks.movable,
    )


async def _follow(database: Database, clocks: Clocks) -> DatabaseClock | None:
    """Set the clock by the database's, before anything is written."""
    if clocks.followed is None:
        return None
    found = DatabaseClock(database, clocks.followed)
    await found.look()
    return found


async def _running_time(database: Database, clocks: Clocks) -> RunningTime:
    counted = await database.read(running_time.find_running_time, quick=True)
    return RunningTime(counted, clocks.served, most_step=LATEST if clocks.movable else MOST_STEP)


async def _application(services: Services, ending: ShutdownDeadline) -> ASGIApp:
    own = page_answers(services, ending)
    if not services.settings.is_test_mode:
        return create_app(services, ending, own)
    # Imported late, so that an ordinary server has nothing of test mode.
    from tickiti_server.http.test_mode import mount  # noqa: PLC0415

    return await mount.application(
        services, lambda of_test: create_app(services, ending, {**own, **of_test})
    )


def _configuration(application: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=guarded_by(settings),
        ws="none",
        log_config=None,
        date_header=False,  # of the server's clock: see listener.py
        access_log=False,
        # Only behind a proxy, because any client can send X-Forwarded-For.
        proxy_headers=settings.behind_proxy,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


async def _refuse_real_helpdesk(
    settings: Settings, database: Database, listener: socket.socket
) -> None:
    """Raise DatabaseUnusable if test mode did not create the database, or others reach the server.

    The CLI has refused both before; this is for the program alone.
    """
    if await database.read(test_mode.find_epoch, quick=True) is None:
        raise DatabaseUnusable(f"Test mode did not create {settings.database}.")
    if not ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
        raise DatabaseUnusable("Test mode listens on loopback alone.")
    setup.life.warning("Test mode: the server can be reset, and made to fail, at /_tickiti/test/")


def _warn_of_unsafe(options: argparse.Namespace) -> Sequence[str]:
    """Log and return the settings by which a power cut loses tickets. Raises DatabaseUnusable
    unless they are accepted."""
    if found := accept_durability(options.db, unsafe=options.accept_unsafe):
        setup.life.warning("A power cut loses tickets: %s", ", ".join(found))
    return found


def _refuse_another_file(options: argparse.Namespace) -> None:
    """Raise DatabaseUnusable if the opened file is not the locked one."""
    locked = options.database_fd
    if locked is not None and not lockfile.is_still(locked, options.db):
        raise DatabaseUnusable(f"The database {options.db} was replaced while the server started.")
