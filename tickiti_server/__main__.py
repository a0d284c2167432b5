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
from pathlib import Path
from types import FrameType

import uvicorn
import uvloop

from tickiti_cli import __version__
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.replacing import replace
from tickiti_server import bootstrap, crash_points, keeping, log_file, observe, supervision
from tickiti_server.app import create_app
from tickiti_server.callers import Callers
from tickiti_server.dispatch import Services
from tickiti_server.idempotency import Turns
from tickiti_server.limits import Rate, Room
from tickiti_server.minted_keys import Mint
from tickiti_server.protocol import CONNECTIONS_A_PLACE, guarded_by
from tickiti_server.request_log import RequestLog
from tickiti_server.settings import MOST_CONNECTIONS, Settings
from tickiti_server.store.database import DatabaseUnusable, open_database

EXIT_UNUSABLE = 16
EXIT_LOCKED = 14
BACKLOG = 1024
FILES_OF_OUR_OWN = 48
"""Database, log, lock, listener, the loop's own, and some air."""

YOUNG_OBJECTS = 10_000
"""New objects between two looks for cycles, of which a request makes none: 14 times the default."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return _VERBS.get(options.command, keeping.run)(options)
    except DatabaseUnusable as error:
        _say_why(options, str(error))
        return EXIT_UNUSABLE
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
    prepare.add_argument("--db", type=Path, required=True)
    prepare.add_argument("--demo", action="store_true")
    prepare.add_argument("--mail-from")
    prepare.add_argument("--allow-callback", type=_callback_host, action="append")
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--db", type=Path, required=True)
    serve.add_argument("--lock-fd", type=int)
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
    known = json.loads(sys.stdin.read() or "{}").get("token")
    prepared = bootstrap.prepare(
        options.db,
        demo=options.demo,
        known_token=known,
        mail_from=options.mail_from,
        callback_hosts=options.allow_callback,
    )
    print(json.dumps({"token": prepared.token, "token_id": prepared.token_id}))  # noqa: T201
    return 0


def _serve(options: argparse.Namespace) -> int:
    requests = RequestLog(observe.start_logging(options.log_format))
    crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
    lock = options.lock_fd
    if lock is None:
        lock = lockfile.acquire(lockfile.path_for(options.db))
    settings = Settings(
        database=options.db,
        rate_limit=options.rate_limit,
        behind_proxy=options.behind_proxy,
        without_plans=frozenset(options.without_plan),
        most_connections=_most_connections(),
    )
    listener = socket.socket(fileno=options.socket_fd)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_answer_requests(settings, requests, listener, lock, options))
    finally:
        lockfile.write(lock, lockfile.Running(pid=os.getpid()))
        if options.discard:
            shutil.rmtree(options.db.parent, ignore_errors=True)
    return 0


def _most_connections() -> int:
    """As many as planned, or what the limit on open files leaves beside our own files and beside
    those that wait or take their leave."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, (hard - FILES_OF_OUR_OWN) // CONNECTIONS_A_PLACE))


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
) -> None:
    database = open_database(settings.database)
    secret = await database.read(bootstrap.mint_secret)
    services = Services(
        settings=settings,
        database=database,
        mint=Mint(secret),
        callers=Callers(database),
        turns=Turns(settings.key_wait_seconds),
        token_rate=Rate(settings.rate_limit),
        address_rate=Rate(settings.minted_keys_per_minute),
        room=Room(settings.most_held, small=settings.most_public_body),
        requests=requests,
    )
    config = uvicorn.Config(
        create_app(services),
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
    _spare_the_collector()
    server = Server(config, listener=listener, lock=lock, options=options)
    await server.serve(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and ends with 0 when it is asked to."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        listener: socket.socket,
        lock: int,
        options: argparse.Namespace,
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._lock = lock
        self._port_file: Path | None = options.port_file
        self._log: Path | None = options.log_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        host, port, *_ = self._listener.getsockname()
        running = lockfile.Running(
            pid=os.getpid(),
            host=host,
            port=port,
            version=__version__,
            log=str(self._log or ""),
        )
        lockfile.write(self._lock, running)
        if self._port_file is not None:
            replace(self._port_file, f"{port}\n".encode())
        observe.life.info("Listening on %s", running.base_url)
        supervision.tell(supervision.READY)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once a second is often enough for the log."""
        if self._log is not None and counter % 10 == 0:
            log_file.keep_small(self._log)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        supervision.tell(supervision.STOPPING)
        crash_points.reached("shutdown.drain")
        observe.life.info("Stopping: what has begun is finished")
        await super().shutdown(sockets=sockets)
        observe.life.info("Stopped")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The first signal drains; a second one ends at once: what is committed is safe."""
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True


_VERBS = {"prepare": _prepare, "serve": _serve}

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
