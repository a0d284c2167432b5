"""The selection of a bundled server by name or database; its log; its stop.

Rule: a server may belong to another user. The error then names the file that cannot be read.
"""

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tickiti_cli.bundled_server import named_servers
from tickiti_cli.bundled_server.database_claim import database_at, default_database
from tickiti_cli.bundled_server.named_servers import SelectedServer
from tickiti_cli.bundled_server.process import POLL_SECONDS
from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.errors import ConditionNotMet, UsageProblem

if TYPE_CHECKING:
    from tickiti_cli.runtime import Runtime


def select(runtime: "Runtime", name: str | None, db: str | None) -> SelectedServer:
    """Select the server by --name, -p or --db; without them the default one.

    Raises UsageProblem and ConfigProblem.
    """
    if db is not None and name is not None:
        raise UsageProblem("--db and --name contradict each other: give one of them.")
    if db is not None:
        return named_servers.on(runtime.environ, database_at(db))
    called = runtime.globals.profile if name is None else name
    if called is not None:
        return named_servers.by_name(runtime.environ, called)
    return named_servers.by_default(runtime.environ, default_database())


def database_of(
    runtime: "Runtime", name: str | None, db: str | None, *, flag: str = "--db"
) -> Location:
    """Return the database that --name or `flag` names, whether or not a server runs; by default
    that of the user's data. Raises UsageProblem, ConfigProblem and ConditionNotMet."""
    if name is None:
        return database_at(db, flag=flag)
    selected = select(runtime, name, db)
    if selected.database == named_servers.UNKNOWN:
        raise ConditionNotMet(
            f"No server named '{name}' was ever started here.", hint=selected.start
        )
    return selected.database


def log_of(selected: SelectedServer) -> Path:
    """Return the log of a server, running or not. Raises ConditionNotMet and ConfigProblem."""
    running = selected.running
    if running and running.port and not running.log:
        raise ConditionNotMet(
            f"The server (process {running.pid}) runs in the foreground: its log goes to its own "
            "standard error.",
            hint="Under systemd that is: journalctl -u tickiti",
        )
    if running is None and selected.database == named_servers.UNKNOWN:
        raise ConditionNotMet(selected.sentence, hint=selected.start)
    log = Path(running.log) if running and running.log else selected.log
    try:
        with log.open("rb"):
            return log
    except (FileNotFoundError, NotADirectoryError):
        raise ConditionNotMet(
            f"Log file {log} does not exist.",
            hint="A server writes one with: tickiti server start --detach",
        ) from None
    except OSError as error:
        raise named_servers.access_problem(log, error) from None


def stop(selected: SelectedServer, *, seconds: float) -> None:
    """Send SIGTERM to the server and wait until it has ended. Raises ConditionNotMet."""
    running = selected.running
    assert running is not None
    if running.pid <= 0:
        raise ConditionNotMet("The server's lock file does not name its process.")
    try:
        os.kill(running.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError:
        raise UsageProblem(f"Process {running.pid} belongs to another user.") from None
    deadline = time.monotonic() + seconds
    while selected.is_held_by(running.pid):
        if time.monotonic() > deadline:
            message = f"The server (process {running.pid}) did not stop within {seconds:.0f} s."
            raise ConditionNotMet(message)
        time.sleep(POLL_SECONDS)
