"""Bundled servers by their names: where each runs, whatever database it is on.

A server holds the lock of `servers/NAME.lock` in the state folder for as long as it runs, as it
does the one beside its database. The rule of this file: a server runs if its lock is held; the
number of a process alone says nothing, for another one may have it by now.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from tickiti_cli import locations
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.file_system import make_folder
from tickiti_cli.contract.lockfile import LockHeld, Running
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem

LOCAL = "local"
"""What a server is called that is given no name, and the profile that it is reached by."""

MOST_NAME = 60
UNKNOWN = locations.NOWHERE / "tickiti.db"
"""The database of a name that nobody has used here."""


class Sought(NamedTuple):
    """The server that a command is about: on which database, and whether it runs."""

    database: Path
    running: Running | None
    sentence: str
    """That it does not."""

    start: str = "tickiti server start"
    """What starts it."""

    lock: Path | None = None
    """The lock file of its name, where it was looked for by that."""

    def is_held_by(self, pid: int) -> bool:
        """Whether that process still has one of its locks. Raises ConfigProblem."""
        locks = filter(None, (lockfile.path_for(self.database), self.lock))
        found = [running for lock in locks if (running := holder(lock))]
        return any(running.pid == pid for running in found)


def checked(name: str) -> str:
    """Raises UsageProblem for what cannot be a name."""
    if not name.strip() or not name.isprintable() or name[0] == "-" or len(name) > MOST_NAME:
        raise UsageProblem(
            f"--name '{name}': a name has 1 to {MOST_NAME} characters and begins with no dash."
        )
    return name


def path_for(environ: Mapping[str, str], name: str) -> Path:
    """Its lock file; a name may have characters that no file name has."""
    return locations.servers_dir(environ) / f"{quote(name, safe='')}.lock"


def names(environ: Mapping[str, str]) -> list[str]:
    """Of every server that was ever started here. Raises OSError."""
    folder = locations.servers_dir(environ)
    if not folder.is_dir():
        return []
    return sorted(unquote(path.stem) for path in folder.iterdir() if path.suffix == ".lock")


def by_name(environ: Mapping[str, str], name: str) -> Sought:
    """The server of that name. Raises ConfigProblem."""
    path = path_for(environ, checked(name))
    running = holder(path)
    record = running or lockfile.last(path) or Running(pid=0)
    return Sought(
        database=Path(record.database or UNKNOWN),
        running=running,
        sentence=f"No server named '{name}' is running.",
        start=f"tickiti server start --name {name}",
        lock=path,
    )


def on(database: Path) -> Sought:
    """The server on that database. Raises ConfigProblem."""
    running = holder(lockfile.path_for(database))
    return Sought(database, running, f"No server is running on {database}.")


def by_default(environ: Mapping[str, str], database: Path) -> Sought:
    """The one named `local`; else one on the database of those that are told none, which an older
    version may have started. Raises ConfigProblem."""
    named = by_name(environ, LOCAL)
    found = on(database)
    is_anothers = found.running is not None and found.running.name not in ("", LOCAL)
    if named.running is not None or is_anothers:
        return named
    return (
        found
        if found.running is not None
        else named._replace(
            sentence=found.sentence,
            start=found.start,
            database=named.database if named.database.exists() else database,
        )
    )


def claim(environ: Mapping[str, str], name: str, database: Path) -> int:
    """The lock of that name, for a server that is to be started on `database`. Raises LockedOut and
    ConfigProblem."""
    path = path_for(environ, name)
    before = lockfile.last(path)
    try:
        make_folder(path.parent)
        lock = lockfile.acquire(path)
    except LockHeld as error:
        raise _in_use(name, database, error.holder or Running(pid=0)) from None
    except OSError as error:
        raise unreadable(path, error, "written") from None
    # Until it answers, the database that it was on before is what is known.
    known = before.database if before else ""
    lockfile.write(lock, Running(pid=os.getpid(), name=name, database=known or str(database)))
    return lock


def last_database(environ: Mapping[str, str], name: str) -> Path | None:
    """The database of the latest server of that name, if it is still there."""
    record = lockfile.last(path_for(environ, name))
    path = Path(record.database) if record and record.database else None
    return path if path and path.exists() else None


def holder(path: Path) -> Running | None:
    """Who holds that lock. Raises ConfigProblem where it may not be looked at."""
    try:
        return lockfile.holder(path)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError, what: str = "read") -> ConfigProblem:
    """A file of ours that another user owns: root, who has started a server with this HOME."""
    hint = (
        f"Another user may have made it: use it as that user, or: sudo chown {os.geteuid()} {path}"
    )
    may_not = isinstance(error, PermissionError)
    return ConfigProblem(
        f"{path} cannot be {what}: {error.strerror}.", hint=hint if may_not else ""
    )


def _in_use(name: str, database: Path, running: Running) -> LockedOut:
    end = f"tickiti server stop --name {name}" if name != LOCAL else "tickiti server stop"
    if running.database == str(database):
        who = f"process {running.pid}" if running.pid else "another process"
        return LockedOut(f"{database} is in use by {who}.", hint=f"Stop it with: {end}")
    where = f" on {running.database}" if running.database else ""
    return LockedOut(
        f"A server named '{name}' is running{where} (process {running.pid or 'unknown'}).",
        hint=f"Give this one a name of its own with --name NAME, or stop that one: {end}",
    )
