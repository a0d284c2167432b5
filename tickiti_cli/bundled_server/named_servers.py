"""Bundled servers by name: which runs, and on which database.

A running server holds two locks: `servers/NAME.lock` in the state folder, and the one beside its
database file. A database of PostgreSQL is no file, and several servers may serve it: then the name
has the only lock, and the log lies beside that. Rule: a server runs if its lock is held. A process
id alone proves nothing, because another process may have it by now.
"""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from tickiti_cli import paths
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.database_location import Location, recorded
from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.contract.files.lockfile import LockHeld, Running
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem

LOCAL = "local"
"""The default name of a server, and of the profile that reaches it."""

MOST_NAME = 60
MOST_LOCAL = 99
"""Servers that run at the same time without a name of their own: `local` to `local-99`."""

LOG_FILE = "server.log"

UNKNOWN = paths.NOWHERE / "tickiti.db"
"""The database of a name that was never used here."""


class SelectedServer(NamedTuple):
    """The server that a command selects: its database, and `running` if it runs."""

    database: Location
    running: Running | None
    sentence: str
    """The sentence for a server that does not run."""

    start: str = "tickiti server start"
    """The command that starts the server."""

    lock: Path | None = None
    """The lock file of its name, if the server was selected by name."""

    def is_held_by(self, pid: int) -> bool:
        """True if that process holds one of the server's locks, or a process that none of them
        names: a text that cannot be read is no sign of an end. Raises ConfigProblem."""
        of_file = lockfile.path_for(self.database) if isinstance(self.database, Path) else None
        locks = filter(None, (of_file, self.lock))
        found = [running for lock in locks if (running := holder(lock))]
        return any(running.pid in (pid, 0) for running in found)

    @property
    def log(self) -> Path:
        """The log of the server, if it was detached."""
        if isinstance(self.database, Path):
            return self.database.with_name(LOG_FILE)
        assert self.lock is not None
        return self.lock.with_suffix(".log")


class ServerFiles(NamedTuple):
    """The lock file and the log of a server."""

    lock: Path
    log: Path


class ClaimedName(NamedTuple):
    """A name that this process has locked for a server that starts."""

    name: str
    before: Location | None
    """The database of the former server of that name."""

    locks: Sequence[int] = ()


def checked(name: str) -> str:
    """Check a name. Raises UsageProblem."""
    if not name.strip() or not name.isprintable() or name[0] == "-" or len(name) > MOST_NAME:
        raise UsageProblem(
            f"--name '{name}': a name has 1 to {MOST_NAME} characters and begins with no dash."
        )
    return name


def path_for(environ: Mapping[str, str], name: str) -> Path:
    """Return the lock file of a name, quoted because a name may have any characters."""
    return paths.servers_dir(environ) / f"{quote(name, safe='')}.lock"


def names(environ: Mapping[str, str]) -> list[str]:
    """Return the names of all servers that were ever started here. Raises OSError."""
    folder = paths.servers_dir(environ)
    if not folder.is_dir():
        return []
    return sorted(unquote(path.stem) for path in folder.iterdir() if path.suffix == ".lock")


def files_of(environ: Mapping[str, str], name: str, database: Location) -> ServerFiles:
    """Return the files of a server: beside its database file, else beside the lock of its name."""
    if isinstance(database, Path):
        return ServerFiles(lockfile.path_for(database), database.with_name(LOG_FILE))
    lock = path_for(environ, name)
    return ServerFiles(lock, lock.with_suffix(".log"))


def by_name(environ: Mapping[str, str], name: str) -> SelectedServer:
    """Select a server by name. Raises ConfigProblem."""
    path = path_for(environ, checked(name))
    running = holder(path)
    record = running or lockfile.last(path) or Running(pid=0)
    return SelectedServer(
        database=recorded(record.database) if record.database else UNKNOWN,
        running=running,
        sentence=f"No server named '{name}' is running.",
        start=f"tickiti server start --name {shlex.quote(name)}",
        lock=path,
    )


def on(environ: Mapping[str, str], database: Location) -> SelectedServer:
    """Select the server of a database. Raises ConfigProblem, and UsageProblem for a URL that
    several servers of this machine serve."""
    start = f"tickiti server start --db {shlex.quote(str(database))}"
    sentence = f"No server is running on {database}."
    if isinstance(database, Path):
        return SelectedServer(database, holder(lockfile.path_for(database)), sentence, start)
    serving = [
        found
        for name in names(environ)
        if (found := by_name(environ, name)).running and found.database == database
    ]
    if len(serving) > 1:
        raise UsageProblem(
            f"{len(serving)} servers are running on {database}.",
            hint="Name the one that you mean: --name NAME",
        )
    # A lock that nobody holds, where no server of this machine serves the URL.
    nobody = SelectedServer(database, None, sentence, start, path_for(environ, LOCAL))
    return serving[0] if serving else nobody


def by_default(environ: Mapping[str, str], database: Path) -> SelectedServer:
    """Select the server named `local`, or an unnamed one on the default database, as older versions
    started it. Raises ConfigProblem."""
    named = by_name(environ, LOCAL)
    found = on(environ, database)
    is_anothers = found.running is not None and found.running.name not in ("", LOCAL)
    if named.running is not None or is_anothers:
        return named
    if found.running is not None:
        return found
    return named._replace(
        sentence=f"{found.sentence}{_others(environ)}",
        start="tickiti server start",
        database=named.database if _exists(named.database) else database,
    )


def _others(environ: Mapping[str, str]) -> str:
    """The sentence about servers that run under other names, so that nobody starts one more."""
    running = [name for name in names(environ) if by_name(environ, name).running]
    return f" Running under other names: {', '.join(running)} (--name NAME)." if running else ""


def _exists(database: Location) -> bool:
    """Whether a database is there, as far as it can be told without asking another machine."""
    return not isinstance(database, Path) or database.exists()


def claim(environ: Mapping[str, str], name: str, database: Location) -> int:
    """Lock a name for a server that starts on `database`. Raises LockedOut and ConfigProblem."""
    path = path_for(environ, name)
    before = lockfile.last(path)
    try:
        make_folder(path.parent)
        lock = lockfile.acquire(path)
    except LockHeld as error:
        raise _in_use(name, database, error.holder or Running(pid=0)) from None
    except OSError as error:
        raise access_problem(path, error, "written") from None
    # The record has the former database until the server answers.
    known = before.database if before else ""
    lockfile.write(lock, Running(pid=os.getpid(), name=name, database=known or str(database)))
    return lock


def claim_local(
    environ: Mapping[str, str], database: Location, may_have: Callable[[str], bool]
) -> ClaimedName:
    """Lock `local` for a server that starts on `database`; where another server has that name, the
    first of `local-2` and so on that is free and that `may_have` allows.

    Raises LockedOut, also where `database` is served already, and ConfigProblem.
    """
    try:
        return claim_name(environ, LOCAL, database)
    except LockedOut:
        if isinstance(database, Path) and holder(lockfile.path_for(database)) is not None:
            raise
        numbered = [f"{LOCAL}-{number}" for number in range(2, MOST_LOCAL + 1)]
        # A database keeps its number, so that its profile keeps its token.
        numbered.sort(key=lambda name: last_database(environ, name) != database)
        for name in filter(may_have, numbered):
            with suppress(LockedOut):
                return claim_name(environ, name, database)
        raise


def claim_name(environ: Mapping[str, str], name: str, database: Location) -> ClaimedName:
    """Lock a name for a server that starts on `database`. Raises LockedOut and ConfigProblem."""
    before = last_database(environ, name)
    return ClaimedName(name, before, [claim(environ, name, database)])


def last_database(environ: Mapping[str, str], name: str) -> Location | None:
    """Return the database of the latest server of that name, if it still exists."""
    record = lockfile.last(path_for(environ, name))
    found = recorded(record.database) if record and record.database else None
    return found if found and _exists(found) else None


def holder(path: Path) -> Running | None:
    """Return the holder of a lock. Raises ConfigProblem where permission is missing."""
    try:
        return lockfile.holder(path)
    except OSError as error:
        raise access_problem(path, error) from None


def access_problem(path: Path, error: OSError, what: str = "read") -> ConfigProblem:
    """Make the error for a file of another user: of root, say, who has started a server here."""
    owned = f"sudo chown {os.geteuid()} {path}"
    hint = f"Another user may have created it: use it as that user, or: {owned}"
    may_not = isinstance(error, PermissionError)
    return ConfigProblem(
        f"{path} cannot be {what}: {error.strerror}.", hint=hint if may_not else ""
    )


def stop_command(name: str) -> str:
    """The command that stops the server of a name; "" is a server without one."""
    of = f" --name {shlex.quote(name)}" if name not in ("", LOCAL) else ""
    return f"tickiti server stop{of}"


def _in_use(name: str, database: Location, running: Running) -> LockedOut:
    end = stop_command(name)
    if running.database == str(database) and isinstance(database, Path):
        who = f"process {running.pid}" if running.pid else "another process"
        return LockedOut(f"{database} is in use by {who}.", hint=f"Stop it with: {end}")
    where = f" on {running.database}" if running.database else ""
    return LockedOut(
        f"A server named '{name}' is running{where} (process {running.pid or 'unknown'}).",
        hint=f"Give this one a name of its own with --name NAME, or stop that one: {end}",
    )
