"""The bundled server from outside: found by its lock file, started as a program of its own.

The CLI takes the lock and binds the socket, readies the database and stores the token; then it
becomes the server, which inherits both. So the lock is held from the first step to the last, and
whoever reads the port file finds a profile that works.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tickiti_cli import claims, first_tokens, locations, named_servers, own_programs
from tickiti_cli.config import Config
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.lockfile import Hold, Running
from tickiti_cli.errors import ConfigProblem, ServerFailed, UsageProblem
from tickiti_cli.replacing import refuse_file

DATABASE_FILE = "tickiti.db"
LOG_FILE = "server.log"
DEFAULT_PORT = 8642
BACKLOG = 1024
POLL_SECONDS = 0.05
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What `server start` was asked for."""

    database: Path
    host: str
    port: int
    demo: bool
    mail_from: str | None
    callback_hosts: Sequence[str] | None
    discard: bool
    backup: bool
    port_file: Path | None
    rate_limit: int | None
    log_format: str
    behind_proxy: bool
    without_plans: Sequence[str]
    name: str
    profile: str | None
    """What it is reached by; None: no profile is made or changed."""

    first_token_file: Path | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A server about to run: its command line, and what it inherits."""

    command: Sequence[str]
    locks: Sequence[int]
    listener: socket.socket
    base_url: str
    told: Sequence[str]
    """What a person should know."""


def database_path(given: Path | None) -> Path:
    """The database a command is about. Raises UsageProblem for what SQLite cannot be."""
    if given is None:
        return lockfile.real_path(locations.data_dir() / DATABASE_FILE)
    if "://" in str(given) or str(given).startswith("postgres"):
        raise UsageProblem(f"--db {given}: only a file so far; PostgreSQL is not supported yet.")
    return lockfile.real_path(given)


def memory_database() -> Path:
    """A database in a folder of its own that goes with the server, in memory if it can be."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    folder = tempfile.mkdtemp(prefix="tickiti-", dir=memory if memory.is_dir() else None)
    return Path(folder) / DATABASE_FILE


def make_ready(start: Start, config: Config, environ: Mapping[str, str]) -> Ready:
    """Locks, socket, database, token, profile: in this order. Raises LockedOut, UsageProblem,
    ConfigProblem, and ServerFailed with the server's own exit code."""
    try:
        return _steps(start, config, environ)
    except BaseException:
        if start.discard:
            shutil.rmtree(start.database.parent, ignore_errors=True)
        raise


def become(ready: Ready) -> None:
    """Turn this process into the server; does not return."""
    sys.stdout.flush()
    environment = own_programs.environment()
    os.execve(ready.command[0], list(ready.command), environment)  # noqa: S606 - our own program


def detach(ready: Ready, database: Path) -> Running:
    """Start the server in a session of its own and wait until it answers. Raises ServerFailed."""
    log = database.with_name(LOG_FILE)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            [*ready.command, "--log-file", str(log)],
            env=own_programs.environment(),
            pass_fds=(*ready.locks, ready.listener.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    while True:
        running = running_server(database)
        if running and running.port and running.pid == child.pid:
            return running
        code = child.poll()
        if code is not None:
            why = _last_words(log)
            raise ServerFailed(f"The server ended at once (exit {code}): {why}", exit_code=code)
        time.sleep(POLL_SECONDS)


def _last_words(log: Path) -> str:
    """The log's last line, or the message in it where it is JSON."""
    *_, last = ["", *log.read_text("utf-8", "replace").splitlines()]
    with suppress(ValueError, TypeError, KeyError):
        return str(json.loads(last)["message"])
    return last.removeprefix("tickiti: ")


def running_server(database: Path) -> Running | None:
    """Who serves this database now; `port` is 0 while it is starting. Raises ConfigProblem."""
    return named_servers.holder(lockfile.path_for(database))


def _steps(start: Start, config: Config, environ: Mapping[str, str]) -> Ready:
    _refuse_open_host(start)
    if start.port_file is not None:
        # The server, which answers already when it writes it, would wait for the reader of a pipe.
        refuse_file(start.port_file, flag="--port-file", waits=False)
    _refuse_homeless(start, config)
    given = first_tokens.read(start.first_token_file)
    if start.profile is not None:
        first_tokens.refuse_foreign_profile(config, start.profile, behind_proxy=start.behind_proxy)
    before = named_servers.last_database(environ, start.name)
    is_named = not _is_nameless(start, environ)
    names = [named_servers.claim(environ, start.name, start.database)] if is_named else []
    hold = claims.claim(start.database)
    listener = _listen(start.host, start.port)
    host, port, *_ = listener.getsockname()
    base_url = Running(pid=0, host=host, port=port).base_url
    told = _ready_database(start, config, before, given)
    if start.profile is not None:
        kept = config.token_store(start.profile).members
        config.save_profile(start.profile, base_url, token=kept)
    if hold.database is None:  # it was not there when it was claimed
        hold = hold._replace(database=claims.claim_file(start.database))
    locks = [*names, *(descriptor for descriptor in hold if descriptor is not None)]
    command = _command(start, names, hold, listener.fileno())
    return Ready(command, locks, listener, base_url, told)


def _refuse_homeless(start: Start, config: Config) -> None:
    """Raises ConfigProblem where there is no place for the profile."""
    if start.profile is not None and config.directory.is_relative_to(locations.NOWHERE):
        raise ConfigProblem(
            "This user has no home folder, so there is no place for a profile.",
            hint=f"Set {locations.CONFIG_DIR} to a folder of this user, or give --no-profile and "
            "--first-token-file FILE.",
        )


def _is_nameless(start: Start, environ: Mapping[str, str]) -> bool:
    """In a container whose user has no place for anything it is found by its database alone."""
    folder = locations.servers_dir(environ)
    return start.profile is None and folder.is_relative_to(locations.NOWHERE)


def _refuse_open_host(start: Start) -> None:
    if start.host not in LOOPBACK and not start.behind_proxy:
        raise UsageProblem(
            f"--host {start.host}: other machines would send their tokens unencrypted.",
            hint="Put a TLS proxy in front of it and say --behind-proxy.",
        )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageProblem(
            f"--port {port}: {host} cannot be listened on: {reason}.",
            hint="Choose another port, or --port 0 for a free one.",
        ) from error
    listener.set_inheritable(True)
    return listener


def _ready_database(
    start: Start, config: Config, before: Path | None, given: str | None
) -> list[str]:
    flags = ["--demo"] if start.demo else []
    flags += [] if start.backup else ["--no-backup"]
    flags += [f"--mail-from={start.mail_from}"] if start.mail_from is not None else []
    flags += [f"--allow-callback={host}" for host in start.callback_hosts or []]
    wanted = first_tokens.Wanted(
        start.database, start.name, start.profile, start.first_token_file, before
    )
    _, told = first_tokens.see_to(config, wanted, given, flags)
    return told


def _command(start: Start, names: Sequence[int], hold: Hold, listener: int) -> list[str]:
    command = own_programs.command("tickiti_server", "serve", "--db", str(start.database))
    command += ["--lock-fd", str(hold.lock), "--socket-fd", str(listener)]
    if hold.database is not None:
        command += ["--database-fd", str(hold.database)]
    command += ["--log-format", start.log_format, f"--name={start.name}"]
    command += [f"--name-fd={descriptor}" for descriptor in names]
    if start.port_file is not None:
        command += ["--port-file", str(start.port_file.absolute())]
    if start.rate_limit is not None:
        command += ["--rate-limit", str(start.rate_limit)]
    command += ["--behind-proxy"] if start.behind_proxy else []
    command += [f"--without-plan={plan}" for plan in start.without_plans]
    return command + (["--discard"] if start.discard else [])
