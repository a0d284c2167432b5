"""The bundled server from outside: found by its lock file, started as a program of its own.

The CLI takes the lock and binds the socket, readies the database and stores the token; then it
becomes the server, which inherits both. So the lock is held from the first step to the last, and
whoever reads the port file finds a profile that works.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickiti_cli import locations
from tickiti_cli.config import Config
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.file_system import is_folder, make_folder
from tickiti_cli.contract.lockfile import LockHeld, Running
from tickiti_cli.contract.replacing import target_of
from tickiti_cli.contract.tokens import split_token
from tickiti_cli.errors import ConditionNotMet, LockedOut, ServerFailed, UsageProblem

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
    port_file: Path | None
    rate_limit: int | None
    log_format: str
    behind_proxy: bool
    without_plans: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A server about to run: its command line, and what it inherits."""

    command: Sequence[str]
    lock: int
    listener: socket.socket
    base_url: str


def database_path(given: Path | None) -> Path:
    """The database a command is about. Raises UsageProblem for what SQLite cannot be."""
    if given is None:
        return locations.data_dir() / DATABASE_FILE
    if "://" in str(given) or str(given).startswith("postgres"):
        raise UsageProblem(f"--db {given}: only a file so far; PostgreSQL is not supported yet.")
    return given.absolute()


def memory_database() -> Path:
    """A database in a folder of its own that goes with the server, in memory if it can be."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    folder = tempfile.mkdtemp(prefix="tickiti-", dir=memory if memory.is_dir() else None)
    return Path(folder) / DATABASE_FILE


def make_ready(start: Start, config: Config, profile: str) -> Ready:
    """Lock, socket, database, token, profile: in this order. Raises LockedOut, UsageProblem,
    ConfigProblem, and ServerFailed with the server's own exit code."""
    try:
        return _steps(start, config, profile)
    except BaseException:
        if start.discard:
            shutil.rmtree(start.database.parent, ignore_errors=True)
        raise


def become(ready: Ready) -> None:
    """Turn this process into the server; does not return."""
    sys.stdout.flush()
    os.execv(ready.command[0], list(ready.command))  # noqa: S606 - our own interpreter


def detach(ready: Ready, database: Path) -> Running:
    """Start the server in a session of its own and wait until it answers. Raises ServerFailed."""
    log = database.with_name(LOG_FILE)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            [*ready.command, "--log-file", str(log)],
            pass_fds=(ready.lock, ready.listener.fileno()),
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
    """Who serves this database now; `port` is 0 while it is starting."""
    return lockfile.holder(lockfile.path_for(database))


def log_of(database: Path) -> Path:
    """The log of the server on this database, running or not. Raises ConditionNotMet."""
    running = running_server(database)
    if running and running.port and not running.log:
        raise ConditionNotMet(
            f"The server (process {running.pid}) runs in the foreground: its log goes to its own "
            "standard error.",
            hint="Under systemd that is: journalctl -u tickiti",
        )
    log = Path(running.log) if running and running.log else database.with_name(LOG_FILE)
    if not log.exists():
        raise ConditionNotMet(
            f"There is no log {log}.",
            hint="A server writes one with: tickiti server start --detach",
        )
    return log


def stop(running: Running, database: Path, *, seconds: float) -> None:
    """Ask the server to end and wait until it has. Raises ConditionNotMet."""
    if running.pid <= 0:
        raise ConditionNotMet("The server's lock file does not name its process.")
    try:
        os.kill(running.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError:
        raise UsageProblem(f"Process {running.pid} belongs to another user.") from None
    deadline = time.monotonic() + seconds
    while (found := running_server(database)) and found.pid == running.pid:
        if time.monotonic() > deadline:
            message = f"The server (process {running.pid}) did not stop within {seconds:.0f} s."
            raise ConditionNotMet(message)
        time.sleep(POLL_SECONDS)


def _steps(start: Start, config: Config, profile: str) -> Ready:
    _refuse_open_host(start)
    _refuse_port_file(start.port_file)
    lock = claim(start.database)
    listener = _listen(start.host, start.port)
    host, port, *_ = listener.getsockname()
    base_url = Running(pid=0, host=host, port=port).base_url
    _ready_database(start, config, profile)
    config.save_profile(profile, base_url, token=config.token_store(profile).members)
    return Ready(_command(start, lock, listener.fileno()), lock, listener, base_url)


def _refuse_open_host(start: Start) -> None:
    if start.host not in LOOPBACK and not start.behind_proxy:
        raise UsageProblem(
            f"--host {start.host}: other machines would send their tokens unencrypted.",
            hint="Put a TLS proxy in front of it and say --behind-proxy.",
        )


def _refuse_port_file(port_file: Path | None) -> None:
    """Before anything begins: the server writes it when it answers already."""
    if port_file is None:
        return
    if not _can_be_written(locations.absolute(port_file)):
        raise UsageProblem(
            f"--port-file {port_file}: no file can be written there.",
            hint="Name a file in a folder that exists and that you may write to.",
        )


def _can_be_written(path: Path) -> bool:
    """A pipe cannot: the server, which answers already, would wait for a reader."""
    try:
        target = target_of(path)
    except OSError:
        return False
    folder = target.path.parent
    if target.is_replaced:
        return is_folder(folder) and os.access(folder, os.W_OK | os.X_OK)
    return target.descriptor is None and not path.is_fifo() and os.access(target.path, os.W_OK)


def claim(database: Path) -> int:
    """The lock on a database, so that nobody serves it meanwhile; makes its folder. Raises
    LockedOut and UsageProblem."""
    try:
        make_folder(database.parent)
        return lockfile.acquire(lockfile.path_for(database))
    except LockHeld as error:
        who = f"process {error.holder.pid}" if error.holder else "another process"
        raise LockedOut(
            f"{database} is in use by {who}.", hint="Stop it with: tickiti server stop"
        ) from error
    except OSError as error:
        raise UsageProblem(f"--db {database}: {error.strerror}.") from error


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


def _ready_database(start: Start, config: Config, profile: str) -> None:
    """Have the server's own program create or upgrade the database; store a token it mints."""
    known = config.token_store(profile).token
    command = [sys.executable, "-m", "tickiti_server", "prepare", "--db", str(start.database)]
    done = subprocess.run(
        [
            *command,
            *(["--demo"] if start.demo else []),
            *([f"--mail-from={start.mail_from}"] if start.mail_from is not None else []),
            *(f"--allow-callback={host}" for host in start.callback_hosts or []),
        ],
        input=json.dumps({"token": known}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        *_, last = ["the database could not be readied", *done.stderr.strip().splitlines()]
        raise ServerFailed(last.removeprefix("tickiti: "), exit_code=done.returncode)
    prepared: dict[str, Any] = json.loads(done.stdout)
    if prepared["token"]:
        found = split_token(prepared["token"])
        assert found is not None
        store = config.token_store(profile)
        store.keep({"token": prepared["token"], "token_id": found[0]})


def _command(start: Start, lock: int, listener: int) -> list[str]:
    command = [sys.executable, "-m", "tickiti_server", "serve", "--db", str(start.database)]
    command += ["--lock-fd", str(lock), "--socket-fd", str(listener)]
    command += ["--log-format", start.log_format]
    if start.port_file is not None:
        command += ["--port-file", str(start.port_file.absolute())]
    if start.rate_limit is not None:
        command += ["--rate-limit", str(start.rate_limit)]
    command += ["--behind-proxy"] if start.behind_proxy else []
    command += [f"--without-plan={plan}" for plan in start.without_plans]
    return command + (["--discard"] if start.discard else [])
