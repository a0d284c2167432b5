"""The process of the bundled server: the CLI prepares it, then executes the server's program.

The CLI takes the locks, binds the socket, prepares the database and stores the token. The server
inherits locks and socket, so that the locks are held without a gap, and the profile works before
the port file exists.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from tickiti_cli import own_programs, paths
from tickiti_cli.bundled_server import database_claim, first_token, named_servers
from tickiti_cli.bundled_server.named_servers import ClaimedName
from tickiti_cli.config import changes
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.contract.files.lockfile import Hold, Running
from tickiti_cli.errors import ConfigProblem, ServerFailed, UsageProblem
from tickiti_cli.files.atomic_write import refuse_unwritable

DEFAULT_PORT = 8642
BACKLOG = 1024
POLL_SECONDS = 0.05
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """The values of the flags of `server start`."""

    database: Location
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    demo: bool = False
    mail_from: str | None = None
    callback_hosts: Sequence[str] | None = None
    discard: bool = False
    backup: bool = True
    accept_unsafe: bool = False
    port_file: Path | None = None
    rate_limit: int | None = None
    log_format: str = "text"
    behind_proxy: bool = False
    vendor_only: bool = False
    record_bodies: bool = False
    test: bool = False
    has_page: bool = False
    seeds: Sequence[Mapping[str, Any]] = ()
    """The files of --seed as `seed_files.read_seeds` returns them."""

    without_plans: Sequence[str] = ()
    name: str = named_servers.LOCAL
    is_named: bool = True
    """Whether the user has named the server. Another one is `local-2` while `local` runs."""

    profile: str | None
    """The profile that reaches the server; None to leave all profiles as they are."""

    first_token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class PreparedServer:
    """A server that is ready to run: its command line, and the descriptors that it inherits."""

    command: Sequence[str]
    locks: Sequence[int]
    listener: socket.socket
    base_url: str
    name: str
    profile: str | None
    remarks: Sequence[str]
    """Remarks for the user."""

    lock_file: Path
    log: Path
    """The log of the detached server."""


def prepare(start: StartOptions, config: Config, environ: Mapping[str, str]) -> PreparedServer:
    """Take the locks, bind the socket, prepare the database, store token and profile, in order.

    Raises LockedOut, UsageProblem, ConfigProblem, and ServerFailed with the server's exit code.
    """
    try:
        return _prepare_steps(start, config, environ)
    except BaseException:
        if start.discard and isinstance(start.database, Path):
            shutil.rmtree(start.database.parent, ignore_errors=True)
        raise


def exec_server(ready: PreparedServer) -> None:
    """Execute the server's program in this process; does not return."""
    sys.stdout.flush()
    environment = own_programs.environment()
    os.execve(ready.command[0], list(ready.command), environment)  # noqa: S606 - our own program


def detach(ready: PreparedServer) -> Running:
    """Start the server in a session of its own and wait until it answers. Raises ServerFailed."""
    # Open until the server answers: one in memory deletes its folder, log included, as it ends.
    descriptor = os.open(ready.log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab+") as log:
        child = subprocess.Popen(
            [*ready.command, "--log-file", str(ready.log)],
            env=own_programs.environment(),
            pass_fds=(*ready.locks, ready.listener.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        while True:
            running = named_servers.holder(ready.lock_file)
            if running and running.port and running.pid == child.pid:
                return running
            code = child.poll()
            if code is not None:
                message = f"The server failed to start (exit {code}): {_last_words(log)}"
                raise ServerFailed(message, exit_code=code)
            time.sleep(POLL_SECONDS)


def _last_words(log: BinaryIO) -> str:
    """The log's last line, or the message in it where it is JSON."""
    log.seek(0)
    *_, last = ["", *log.read().decode("utf-8", "replace").splitlines()]
    with suppress(ValueError, TypeError, KeyError):
        return str(json.loads(last)["message"])
    return last.removeprefix("tickiti: ")


def running_server(database: Path) -> Running | None:
    """Return the server of a database; `port` is 0 while it starts. Raises ConfigProblem."""
    return named_servers.holder(lockfile.path_for(database))


def _prepare_steps(
    start: StartOptions, config: Config, environ: Mapping[str, str]
) -> PreparedServer:
    _refuse_reachable_tests(start)
    _refuse_open_host(start)
    if start.port_file is not None:
        # Not a pipe: the server, which answers by then, would wait for its reader.
        refuse_unwritable(start.port_file, flag="--port-file", waits=False)
    _refuse_homeless(start, config)
    given = first_token.read(start.first_token_file)
    if start.profile is not None:
        changes.refuse_bad_name(config, start.profile)
        first_token.refuse_foreign_profile(config, start.profile, behind_proxy=start.behind_proxy)
    start, claimed = _claim_name(start, config, environ)
    hold = database_claim.claim_to_start(start.database, claimed)
    listener = _listen(start.host, start.port)
    host, port, *_ = listener.getsockname()
    base_url = Running(pid=0, host=host, port=port).base_url
    remarks = _ready_database(start, config, claimed.before, given)
    if start.profile is not None:
        kept = config.token_store(start.profile).members
        changes.save_profile(config, start.profile, base_url, token=kept)
    if hold.database is None and isinstance(start.database, Path):
        # The file did not exist when it was claimed.
        hold = hold._replace(database=database_claim.claim_file(start.database))
    files = named_servers.files_of(environ, start.name, start.database)
    locks = {*claimed.locks, *(descriptor for descriptor in hold if descriptor is not None)}
    command = _command(start, claimed.locks, hold, listener.fileno())
    command += [] if isinstance(start.database, Path) else ["--lock-file", str(files.lock)]
    return PreparedServer(
        command, [*locks], listener, base_url, start.name, start.profile, remarks, *files
    )


def _claim_name(
    start: StartOptions, config: Config, environ: Mapping[str, str]
) -> tuple[StartOptions, ClaimedName]:
    """Lock a name. Return the options with the name and the profile that the server gets."""
    if _is_nameless(start, environ):
        return start, ClaimedName(start.name, named_servers.last_database(environ, start.name))
    if start.is_named:
        return start, named_servers.claim_name(environ, start.name, start.database)
    claimed = named_servers.claim_local(
        environ, start.database, lambda name: not first_token.is_foreign(config, name)
    )
    profile = None if start.profile is None else claimed.name
    return replace(start, name=claimed.name, profile=profile), claimed


def _refuse_homeless(start: StartOptions, config: Config) -> None:
    """Raise ConfigProblem where a user without a home folder needs a profile."""
    if start.profile is not None and config.directory.is_relative_to(paths.NOWHERE):
        raise ConfigProblem(
            "This user has no home directory, so a profile cannot be stored.",
            hint=f"Set {paths.CONFIG_DIR} to a directory of this user, or give --no-profile and "
            "--first-token-file FILE.",
        )


def _is_nameless(start: StartOptions, environ: Mapping[str, str]) -> bool:
    """True in a container whose user has no state folder: only the database finds the server."""
    folder = paths.servers_dir(environ)
    return start.profile is None and folder.is_relative_to(paths.NOWHERE)


def _refuse_reachable_tests(start: StartOptions) -> None:
    """Raise UsageProblem for test mode where others reach it, or nobody controls it."""
    if not start.test:
        return
    if not isinstance(start.database, Path):
        raise UsageProblem(
            "--test needs a file: test mode can empty its database.",
            hint="Give test mode a database of its own: --memory or --db FILE",
        )
    for flag, is_given in (
        ("--behind-proxy", start.behind_proxy),
        ("--vendor-only", start.vendor_only),
    ):
        if is_given:
            raise UsageProblem(f"--test and {flag} contradict each other: give one of them.")
    if start.host not in LOOPBACK:
        raise UsageProblem(
            f"--host {start.host}: test mode listens on this machine alone, because it can empty "
            "the database.",
            hint=f"Leave out --test, or give one of {', '.join(LOOPBACK)}.",
        )


def _refuse_open_host(start: StartOptions) -> None:
    if start.host not in LOOPBACK and not start.behind_proxy:
        raise UsageProblem(
            f"--host {start.host}: other machines would send their tokens unencrypted.",
            hint="Put a TLS proxy in front of the server and give --behind-proxy.",
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
            f"--port {port}: {host} cannot be opened: {reason}.",
            hint="Choose another port, or --port 0 for a free one.",
        ) from error
    listener.set_inheritable(True)
    return listener


def _ready_database(
    start: StartOptions, config: Config, before: Location | None, given: str | None
) -> list[str]:
    flags = ["--demo"] if start.demo else []
    flags += ["--test"] if start.test else []
    flags += [] if start.backup else ["--no-backup"]
    flags += ["--accept-unsafe"] if start.accept_unsafe else []
    flags += [f"--mail-from={start.mail_from}"] if start.mail_from is not None else []
    flags += [f"--allow-callback={host}" for host in start.callback_hosts or []]
    wanted = first_token.TokenPlaces(
        start.database, start.name, start.profile, start.first_token_file, before, start.seeds
    )
    _, remarks = first_token.prepare_database(config, wanted, given, flags)
    return remarks


def _command(start: StartOptions, names: Sequence[int], hold: Hold, listener: int) -> list[str]:
    command = own_programs.command("tickiti_server", "serve", "--db", str(start.database))
    command += ["--lock-fd", str(hold.lock), "--socket-fd", str(listener)]
    if hold.database is not None:
        command += ["--database-fd", str(hold.database)]
    command += ["--log-format", start.log_format, f"--name={start.name}"]
    command += [f"--name-fd={descriptor}" for descriptor in names if descriptor != hold.lock]
    command += ["--accept-unsafe"] if start.accept_unsafe else []
    if start.port_file is not None:
        command += ["--port-file", str(start.port_file.absolute())]
    if start.rate_limit is not None:
        command += ["--rate-limit", str(start.rate_limit)]
    command += ["--behind-proxy"] if start.behind_proxy else []
    command += ["--vendor-only"] if start.vendor_only else []
    command += ["--record-bodies"] if start.record_bodies else []
    command += ["--test"] if start.test else []
    command += ["--page"] if start.has_page else []
    command += [f"--without-plan={plan}" for plan in start.without_plans]
    return command + (["--discard"] if start.discard else [])
