"""The bundled server that a command is about: found by name or by database, stopped, and its log.

The rule of this file: whatever is found may belong to another user; then the file is named.
"""

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tickiti_cli import named_servers
from tickiti_cli.errors import ConditionNotMet, UsageProblem
from tickiti_cli.local_server import LOG_FILE, POLL_SECONDS, database_path
from tickiti_cli.named_servers import Sought

if TYPE_CHECKING:
    from tickiti_cli.runtime import Runtime


def sought(runtime: "Runtime", name: str | None, db: Path | None) -> Sought:
    """The server that --name, -p or --db is about, else the usual one. Raises UsageProblem and
    ConfigProblem."""
    if db is not None and name is not None:
        raise UsageProblem("Give --db or --name, not both.")
    if db is not None:
        return named_servers.on(database_path(db))
    called = runtime.globals.profile if name is None else name
    if called is not None:
        return named_servers.by_name(runtime.environ, called)
    return named_servers.by_default(runtime.environ, database_path(None))


def log_of(sought: Sought) -> Path:
    """The log of that server, running or not. Raises ConditionNotMet and ConfigProblem."""
    running = sought.running
    if running and running.port and not running.log:
        raise ConditionNotMet(
            f"The server (process {running.pid}) runs in the foreground: its log goes to its own "
            "standard error.",
            hint="Under systemd that is: journalctl -u tickiti",
        )
    if running is None and sought.database == named_servers.UNKNOWN:
        raise ConditionNotMet(sought.sentence, hint=sought.start)
    log = Path(running.log) if running and running.log else sought.database.with_name(LOG_FILE)
    try:
        with log.open("rb"):
            return log
    except (FileNotFoundError, NotADirectoryError):
        raise ConditionNotMet(
            f"There is no log {log}.",
            hint="A server writes one with: tickiti server start --detach",
        ) from None
    except OSError as error:
        raise named_servers.unreadable(log, error) from None


def stop(sought: Sought, *, seconds: float) -> None:
    """Ask the server to end and wait until it has. Raises ConditionNotMet."""
    running = sought.running
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
    while sought.is_held_by(running.pid):
        if time.monotonic() > deadline:
            message = f"The server (process {running.pid}) did not stop within {seconds:.0f} s."
            raise ConditionNotMet(message)
        time.sleep(POLL_SECONDS)
