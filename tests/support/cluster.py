"""A PostgreSQL cluster of the tests' own, for one process of pytest.

Rule: the cluster runs as an unprivileged user on 127.0.0.1, in a folder of its own, with fsync on,
and ends with the process that started it.
"""

import atexit
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import psycopg

from tests.support.waiting import wait_until

USER = "tickiti"
MOST_CONNECTIONS = 300
START_SECONDS = 60

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(MOST_CONNECTIONS),
    "shared_buffers": "64MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "log_min_messages": "fatal",
}


class Cluster:
    """A running cluster. Its password is in a PGPASSFILE."""

    def __init__(self, folder: Path, *, standby_of: "Cluster | None" = None) -> None:
        """In a folder that the cluster's user may enter. A standby follows a running cluster, and
        has its password."""
        self._data = folder / "data"
        self._password = standby_of._password if standby_of else secrets.token_hex(16)
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.passfile = folder / "pgpass"
        self.passfile.write_text(f"127.0.0.1:*:*:{USER}:{self._password}\n")
        self.passfile.chmod(0o600)
        if standby_of:
            self._copy(standby_of, folder)
        else:
            self._initialise(folder)

    def url(self, database: str) -> str:
        """A URL without a password, as a user gives it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The process from which every other one of the cluster descends."""
        assert self._process is not None
        return self._process.pid

    @property
    def password(self) -> str:
        return self._password

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(
            self.url(database), password=self._password, autocommit=True, connect_timeout=20
        )

    def start(self) -> None:
        """Start the cluster and wait until it answers. It ends with the thread that calls this."""
        self._process = subprocess.Popen(
            self._as_user(
                "postgres", "-D", str(self._data), "-p", str(self.port),
                *(word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")),
            ),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, "postgres has ended"
                assert time.monotonic() < until, "postgres does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End all processes at once, as when the machine goes."""
        self.stop(signal.SIGKILL)
        wait_until(lambda: not self._kill_the_rest())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the cluster: SIGINT ends all sessions first, SIGQUIT is a crash."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
        if self._process is not None:
            self._process.wait(START_SECONDS)

    def _kill_the_rest(self) -> bool:
        """Kill whatever works in the folder of data. Returns whether there was something."""
        found = False
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if link.readlink() == self._data:
                    found = True
                    os.kill(int(link.parent.name), signal.SIGKILL)
        return found

    def _copy(self, primary: "Cluster", folder: Path) -> None:
        """Copy a running cluster, to follow it from there on."""
        own = folder / "own-pgpass"
        own.write_text(primary.passfile.read_text())
        own.chmod(0o600)
        for path in (folder, own):
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        subprocess.run(
            self._as_user(
                "pg_basebackup", "-D", str(self._data), "--write-recovery-conf",
                "--checkpoint=fast", "-d", f"{primary.url('postgres')}?passfile={own}",
            ),
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _initialise(self, folder: Path) -> None:
        password = folder / "password"
        password.write_text(self._password)
        for path in (folder, password):
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        subprocess.run(
            self._as_user(
                "initdb", "-D", str(self._data), "-U", USER, f"--pwfile={password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
            ),
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        password.unlink()

    def _as_user(self, name: str, *words: str) -> Sequence[str]:
        return as_user(program(name), *words)


def as_user(path: str, *words: str) -> Sequence[str]:
    """A program as the cluster's user, who is never root; it gets SIGINT when we end."""
    own = _account()
    change = [f"--reuid={own.pw_uid}", f"--regid={own.pw_gid}", "--clear-groups"]
    return ["setpriv", *(change if os.geteuid() == 0 else []), "--pdeathsig=INT", path, *words]


@cache
def cluster() -> Cluster:
    """The cluster of this process, started on first use. PGPASSFILE has its password."""
    folder = Path(tempfile.mkdtemp(prefix="tickiti-postgres-"))
    # The passfile is ours; the data belong to the cluster's user.
    folder.chmod(0o711)
    ours = Cluster(folder)
    ours.start()
    os.environ["PGPASSFILE"] = str(ours.passfile)
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner:
            ours.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return ours


def is_installed() -> bool:
    return _program("initdb") is not None


def _account() -> pwd.struct_passwd:
    """Whom the cluster runs as: ourselves, or the user of Debian's package instead of root."""
    return pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("postgres")


def program(name: str) -> str:
    """The path of a program of PostgreSQL."""
    path = _program(name)
    assert path, f"{name} is not installed: apt-get install postgresql"
    return path


def _program(name: str) -> str | None:
    """A program of the newest PostgreSQL of this machine, which Debian keeps out of PATH."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = max(folders, key=lambda folder: int(folder.parent.name), default=None)
    return shutil.which(name, path=str(newest) if newest else None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
