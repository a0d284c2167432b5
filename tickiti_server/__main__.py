"""`python -m tickiti_server prepare|serve|check|...`: the processes of `tickiti server`.

`prepare` creates or upgrades a database and prints its token. `serve` answers requests. It inherits
the socket and the lock from the CLI, so that no other server can take them in between.
"""

import argparse
import gc
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.errors import Unavailable
from tickiti_cli.contract.files import lockfile
from tickiti_server import crash_points, maintenance, prepare
from tickiti_server.auth.first_token import FirstTokenRefused, FirstTokenRequest
from tickiti_server.logs import setup
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.sides import InUse

EXIT_UNUSABLE = 16
EXIT_LOCKED = 14
EXIT_CONFIG = 3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return _VERBS.get(options.command, maintenance.run)(options)
    except DatabaseUnusable as error:
        _say_why(options, str(error))
        return EXIT_UNUSABLE
    except Unavailable as error:
        # To read or write what a start needs, before any request.
        _say_why(options, f"The database cannot be used now: {error}")
        return EXIT_UNUSABLE
    except FirstTokenRefused as error:
        print(f"tickiti: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CONFIG
    except (prepare.StartRefused, crash_points.UnknownCrashPoint) as error:
        print(f"tickiti: {error}", file=sys.stderr)  # noqa: T201
        return maintenance.EXIT_USAGE
    except (InUse, lockfile.LockHeld) as error:
        is_said = isinstance(error, InUse)
        _say_why(options, str(error) if is_said else f"the database is in use: {error}")
        return EXIT_LOCKED


def _say_why(options: argparse.Namespace, sentence: str) -> None:
    """Print why the process ends: a sentence, or an object if the log is JSON."""
    if getattr(options, "log_format", "text") == "json":
        setup.life.critical("%s", sentence)
    else:
        print(f"tickiti: {sentence}", file=sys.stderr)  # noqa: T201 - this is the program's edge


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tickiti_server")
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser("prepare", help="ready a database, print its token as JSON")
    preparing.add_argument("--db", type=maintenance.database_at, required=True)
    preparing.add_argument("--demo", action="store_true")
    preparing.add_argument("--test", action="store_true")
    preparing.add_argument("--mail-from")
    preparing.add_argument("--no-backup", action="store_true")
    preparing.add_argument("--accept-unsafe", action="store_true")
    preparing.add_argument("--allow-callback", type=_callback_host, action="append")
    _add_serve(commands)
    maintenance.add_verbs(commands)
    return parser


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--db", type=maintenance.database_at, required=True)
    serve.add_argument("--lock-fd", type=int)
    serve.add_argument("--lock-file", type=Path, help="the file of that lock")
    serve.add_argument(
        "--accept-unsafe", action="store_true", help="serve although a power cut loses writes"
    )
    serve.add_argument("--database-fd", type=int)
    serve.add_argument("--name", default="", help="what the server is called")
    serve.add_argument("--name-fd", type=int, help="the lock of that name")
    serve.add_argument("--socket-fd", type=int, required=True)
    serve.add_argument("--port-file", type=Path)
    serve.add_argument("--log-file", type=Path, help="the file behind stderr, to be kept small")
    serve.add_argument("--rate-limit", type=int)
    serve.add_argument("--log-format", choices=("text", "json"), default="text")
    serve.add_argument("--behind-proxy", action="store_true")
    serve.add_argument("--vendor-only", action="store_true")
    serve.add_argument("--record-bodies", action="store_true")
    serve.add_argument("--test", action="store_true", help="answer under /_tickiti/test/ too")
    serve.add_argument("--page", action="store_true", help="the page, wherever the server listens")
    serve.add_argument("--without-plan", type=Plan, action="append", default=[])
    serve.add_argument(
        "--discard", action="store_true", help="remove the database's folder at the end"
    )


def _callback_host(text: str) -> str:
    """HOST[:PORT], or "" to remove all allowed hosts. Raises ValueError."""
    if text:
        AllowedHost.of(text)
    return text


def _prepare(options: argparse.Namespace) -> int:
    """Reads the members of FirstTokenRequest as a JSON object from standard input."""
    if options.demo:
        # The demo data imports every endpoint. Imports leave next to no garbage, and searching for
        # it takes a seventh of their time.
        gc.disable()
    asked = json.loads(sys.stdin.read() or "{}")
    seeds = asked.pop("seeds", [])
    prepared = prepare.prepare(
        options.db,
        demo=options.demo,
        wanted=FirstTokenRequest(**asked),
        mail_from=options.mail_from,
        callback_hosts=options.allow_callback,
        backup=not options.no_backup,
        accept_unsafe=options.accept_unsafe,
        test=options.test,
        seeds=seeds,
    )
    print(json.dumps(asdict(prepared)))  # noqa: T201
    return 0


def _serve(options: argparse.Namespace) -> int:
    # As for the demo data. The server enables the collector again before it answers.
    gc.disable()
    # Imported late, because the web server takes 0.3 s that `prepare` need not wait for.
    from tickiti_server.serve import serve  # noqa: PLC0415

    return serve(options)


_VERBS = {"prepare": _prepare, "serve": _serve}

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
