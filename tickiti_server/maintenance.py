"""`python -m tickiti_server check|backup|restore|migrate`: maintenance of databases.

Each prints one JSON object, or a sentence on stderr, and exits with an exit code of the CLI. The
result of `migrate` follows objects that say how far it is.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.database_location import Location, LocationRefused, location_of
from tickiti_server.store.moving.move import Progress
from tickiti_server.store.moving.sides import MoveRefused
from tickiti_server.store.open import (
    back_up_database,
    check_database,
    move_database,
    restore_database,
)

EXIT_USAGE = 2


def database_at(text: str) -> Location:
    """The database in an argument of the command line."""
    try:
        return location_of(text)
    except LocationRefused as error:
        # Not the text itself, which may have a password.
        raise argparse.ArgumentTypeError(str(error)) from None


def add_verbs(commands: Any) -> None:
    """Add the verbs to the program's subparsers."""
    for name, run in VERBS.items():
        verb = commands.add_parser(name, help=run.__doc__)
        verb.add_argument("--db", type=database_at, required=True)
        if name != "check":
            verb.add_argument("file", type=Path)
        if name == "restore":
            verb.add_argument("--lock-fd", type=int)
    moving = commands.add_parser("migrate", help=_migrate.__doc__)
    moving.add_argument("--from", dest="source", type=database_at, required=True)
    moving.add_argument("--to", dest="target", type=database_at, required=True)
    moving.add_argument("--lock-fd", type=int, help="the lock of the file")


def run(options: argparse.Namespace) -> int:
    """Run the verb. Raises DatabaseUnusable, InUse and LockHeld."""
    signal.signal(signal.SIGTERM, _end)
    try:
        result = {**VERBS, "migrate": _migrate}[options.command](options)
    except MoveRefused as error:
        print(f"tickiti: {error}", file=sys.stderr)  # noqa: T201 - the edge
        return EXIT_USAGE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"tickiti: {where}{error.strerror}.", file=sys.stderr)  # noqa: T201 - the edge
        return EXIT_USAGE
    print(json.dumps(result))  # noqa: T201 - the edge
    return 0


def _end(number: int, _frame: FrameType | None) -> None:
    """Exit by an exception, so that unfinished files are removed."""
    raise SystemExit(128 + number)


def _check(options: argparse.Namespace) -> dict[str, Any]:
    """look at all of a database"""
    return {"path": str(options.db), **asdict(check_database(options.db))}


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    """copy a database, even while it is served"""
    contents = back_up_database(options.db, options.file)
    return {"path": str(options.file), "bytes": contents.bytes, "tickets": contents.tickets}


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    """put a backup in the place of a database"""
    if options.lock_fd is None:
        lockfile.hold(options.db)
    contents, kept = restore_database(options.db, options.file)
    return {
        "path": str(options.db),
        "kept": None if kept is None else str(kept),
        "bytes": contents.bytes,
        "tickets": contents.tickets,
    }


def _migrate(options: argparse.Namespace) -> dict[str, Any]:
    """move a helpdesk from a file to PostgreSQL, or back"""
    if options.lock_fd is None:
        for location in (options.source, options.target):
            if isinstance(location, Path):
                lockfile.hold(location)
    moved = move_database(options.source, options.target, _say_progress)
    return {
        "from": str(options.source),
        "to": str(options.target),
        "rows": moved.rows,
        "resumed": moved.is_resumed,
        "was_complete": moved.was_complete,
        "seconds": moved.seconds,
        "tables": [table._asdict() for table in moved.tables],
    }


def _say_progress(progress: Progress) -> None:
    print(json.dumps(progress._asdict()), flush=True)  # noqa: T201 - the edge


VERBS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "check": _check,
    "backup": _backup,
    "restore": _restore,
}
