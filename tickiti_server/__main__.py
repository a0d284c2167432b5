"""`python -m tickiti_server prepare|serve|check|backup|restore`: what `tickiti server` runs.

`prepare` readies a database and prints its token; `serve` answers requests on a socket and under a
lock that it is given, so that nothing can come between the two.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import uvicorn
import uvloop

from tickiti_cli.contract import lockfile
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.endpoint import Plan
from tickiti_server import allocating, bootstrap, crash_points, keeping, observe
from tickiti_server.app import create_app
from tickiti_server.callers import Callers
from tickiti_server.ending import Ending
from tickiti_server.first_token import FirstTokenRefused, Wanted
from tickiti_server.idempotency import Turns
from tickiti_server.limits import Rate, Room, Workshop
from tickiti_server.listening import Server, tell_locks
from tickiti_server.minted_keys import Mint
from tickiti_server.protocol import CONNECTIONS_A_PLACE, guarded_by
from tickiti_server.request_log import RequestLog
from tickiti_server.running_time import RunningTime
from tickiti_server.services import Services
from tickiti_server.settings import MOST_CONNECTIONS, Settings
from tickiti_server.store import running_time
from tickiti_server.store.database import DatabaseUnusable, open_database

EXIT_UNUSABLE = 16
EXIT_LOCKED = 14
EXIT_CONFIG = 3
BACKLOG = 1024
FILES_OF_OUR_OWN = 48
"""Database, log, lock, listener, the loop's own, and some air."""

MOST_FILES = 10_240
"""What every macOS lets a process open (OPEN_MAX), and more than enough."""

YOUNG_OBJECTS = 10_000
"""New objects between two looks for cycles, of which a request makes none: 14 times the default."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return _VERBS.get(options.command, keeping.run)(options)
    except DatabaseUnusable as error:
        _say_why(options, str(error))
        return EXIT_UNUSABLE
    except FirstTokenRefused as error:
        print(f"tickiti: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIG
    except crash_points.NoSuchPoint as error:
        print(f"tickiti: {error}", file=sys.stderr)  # noqa: T201
        return keeping.EXIT_USAGE
    except lockfile.LockHeld as error:
        _say_why(options, f"the database is in use: {error}")
        return EXIT_LOCKED


def _say_why(options: argparse.Namespace, sentence: str) -> None:
    """The last word: for a person, or one more object for whoever reads the log as JSON."""
    if getattr(options, "log_format", "text") == "json":
        observe.life.critical("%s", sentence)
    else:
        print(f"tickiti: {sentence}", file=sys.stderr)  # noqa: T201 - this is the program's edge


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tickiti_server")
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="ready a database, print its token as JSON")
    prepare.add_argument("--db", type=keeping.database_at, required=True)
    prepare.add_argument("--demo", action="store_true")
    prepare.add_argument("--mail-from")
    prepare.add_argument("--no-backup", action="store_true")
    prepare.add_argument("--allow-callback", type=_callback_host, action="append")
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--db", type=keeping.database_at, required=True)
    serve.add_argument("--lock-fd", type=int)
    serve.add_argument("--database-fd", type=int)
    serve.add_argument("--name", default="", help="what the server is called")
    serve.add_argument("--name-fd", type=int, help="the lock of that name")
    serve.add_argument("--socket-fd", type=int, required=True)
    serve.add_argument("--port-file", type=Path)
    serve.add_argument("--log-file", type=Path, help="the file behind stderr, to be kept small")
    serve.add_argument("--rate-limit", type=int)
    serve.add_argument("--log-format", choices=("text", "json"), default="text")
    serve.add_argument("--behind-proxy", action="store_true")
    serve.add_argument("--without-plan", type=Plan, action="append", default=[])
    serve.add_argument(
        "--discard", action="store_true", help="remove the database's folder at the end"
    )
    keeping.add_verbs(commands)
    return parser


def _callback_host(text: str) -> str:
    """HOST[:PORT], or nothing, which forgets the hosts there were. Raises ValueError."""
    if text:
        AllowedHost.of(text)
    return text


def _prepare(options: argparse.Namespace) -> int:
    """Its standard input is an object with the members of Wanted."""
    prepared = bootstrap.prepare(
        options.db,
        demo=options.demo,
        wanted=Wanted(**json.loads(sys.stdin.read() or "{}")),
        mail_from=options.mail_from,
        callback_hosts=options.allow_callback,
        backup=not options.no_backup,
    )
    print(json.dumps(asdict(prepared)))  # noqa: T201
    return 0


def _serve(options: argparse.Namespace) -> int:
    allocating.give_back_large_blocks()
    requests = RequestLog(observe.start_logging(options.log_format))
    crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
    lock = options.lock_fd
    if lock is None:
        lock, options.database_fd = lockfile.hold(options.db)
    settings = Settings(
        database=options.db,
        rate_limit=options.rate_limit,
        behind_proxy=options.behind_proxy,
        without_plans=frozenset(options.without_plan),
        most_connections=_most_connections(),
    )
    listener = socket.socket(fileno=options.socket_fd)

    def at_last() -> None:
        tell_locks(options, lock, lockfile.Running(pid=os.getpid()))
        if options.discard:
            shutil.rmtree(options.db.parent, ignore_errors=True)

    ending = Ending(settings.drain_seconds, at_last)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_answer_requests(settings, requests, listener, lock, options, ending=ending))
    finally:
        at_last()
    return 0


def _most_connections() -> int:
    """As many as planned, or what the limit on open files leaves beside our own files and beside
    those that wait or take their leave."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else MOST_FILES
    # macOS names no limit as the hard one, and takes neither that nor more than its own maximum.
    for most in (wanted, min(wanted, MOST_FILES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
            break
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, (soft - FILES_OF_OUR_OWN) // CONNECTIONS_A_PLACE))


def _spare_the_collector() -> None:
    """What was imported lives as long as the process: collecting it again and again was 7 % of the
    time under load, and each full pass a pause of 10 ms for whoever waited."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 50, 100)


async def _answer_requests(
    settings: Settings,
    requests: RequestLog,
    listener: socket.socket,
    lock: int,
    options: argparse.Namespace,
    *,
    ending: Ending,
) -> None:
    database = open_database(settings.database)
    _refuse_another_file(options)
    secret = await database.read(bootstrap.mint_secret, quick=True)
    services = Services(
        settings=settings,
        database=database,
        mint=Mint(secret),
        callers=Callers(database),
        turns=Turns(settings.key_wait_seconds),
        token_rate=Rate(settings.rate_limit),
        address_rate=Rate(settings.minted_keys_per_minute),
        room=Room(settings.most_held, small=settings.most_public_body),
        workshop=Workshop(settings.most_worked, wait_seconds=settings.work_seconds),
        requests=requests,
        running=RunningTime(await database.read(running_time.find, quick=True)),
    )
    _spare_the_collector()
    config = _configuration(services, ending)
    server = Server(config, listener=listener, lock=lock, options=options, ending=ending)
    await server.serve(sockets=[listener])


def _configuration(services: Services, ending: Ending) -> uvicorn.Config:
    settings = services.settings
    return uvicorn.Config(
        create_app(services, ending),
        http=guarded_by(settings),
        ws="none",
        log_config=None,
        access_log=False,
        # Else X-Forwarded-For is anybody's word.
        proxy_headers=settings.behind_proxy,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


def _refuse_another_file(options: argparse.Namespace) -> None:
    """Raise DatabaseUnusable where what was locked is not what was opened."""
    locked = options.database_fd
    if locked is not None and not lockfile.is_still(locked, options.db):
        raise DatabaseUnusable(f"The database {options.db} was replaced while the server started.")


_VERBS = {"prepare": _prepare, "serve": _serve}

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
