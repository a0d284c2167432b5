"""The command line as a process: an isolated home for each test, one real server for all of them.

The rule of this file: nothing of the machine's own configuration reaches a test, and nothing a test
writes lies outside its temporary folder.
"""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from tests.cli.foreign import Foreign
from tickiti_cli.contract import lockfile

PATIENCE_SECONDS = 30

ERASED = "\r\x1b[2K"
"""What takes a status away from a terminal's last line."""

CONTROLLED = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes the terminal at stdin the process's own, so that Ctrl-C typed there reaches it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process left behind."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs `tickiti` with a home of its own. `environ` is all it sees besides PATH."""

    home: Path

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        done = subprocess.run(
            self.command(arguments),
            input=stdin.encode("utf-8", "surrogateescape"),
            capture_output=True,
            env=self.environ(environ),
            cwd=self.folder,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_terminal(self, *arguments: str, asked: str = "", typed: str = "", **environ: str) -> Ran:
        """The same with a terminal for stdin, stdout and stderr, which share one screen.

        `typed` is typed when `asked` has appeared, as a person would.
        """
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLED, *self.command(arguments)],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env=self.environ({"TERM": "xterm", "COLUMNS": "120", **environ}),
            cwd=self.folder,
            start_new_session=True,
        )
        os.close(follower)
        screen = _watch(leader, asked, typed)
        return Ran(process.wait(PATIENCE_SECONDS), screen.replace("\r\n", "\n"), "")

    def start(
        self, *arguments: str, output: IO[bytes] | None = None, **environ: str
    ) -> "subprocess.Popen[bytes]":
        """The same, left running; the caller waits for it."""
        return subprocess.Popen(
            self.command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=output or subprocess.PIPE,
            env=self.environ(environ),
            cwd=self.folder,
        )

    def command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "tickiti_cli", *arguments]

    def environ(self, extra: dict[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TICKITI_CONFIG_DIR": str(self.config),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_DIRS": str(self.home / "system"),
            **extra,
        }

    @property
    def config(self) -> Path:
        """The folder of config.toml and credentials.toml."""
        return self.home / "config"

    @property
    def folder(self) -> Path:
        """Where the command is typed."""
        folder = self.home / "here"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def configure(self, config: str, credentials: str = "") -> None:
        self.config.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.config / "config.toml").write_text(config)
        if credentials:
            secrets = self.config / "credentials.toml"
            secrets.touch(mode=0o600)
            secrets.write_text(credentials)


@dataclass(frozen=True, slots=True)
class Served:
    """A running bundled server, and the folder whose profile `local` belongs to it."""

    base_url: str
    config: Path
    database: Path
    pid: int


@pytest.fixture
def run(tmp_path: Path) -> Cli:
    """The command line where nothing is configured."""
    return Cli(tmp_path / "home")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the whole run; a test that needs an empty one starts its own."""
    cli = Cli(tmp_path_factory.mktemp("served"))
    database = cli.folder / "tickiti.db"
    port_file = cli.folder / "port"
    words = ("--demo", "--port", "0", "--port-file", str(port_file), "--db", str(database))
    with (cli.folder / "log").open("wb") as log:
        process = cli.start("server", "start", *words, output=log)
    try:
        wait_until(port_file.exists, process)
        base_url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        yield Served(base_url, cli.config, database, process.pid)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Admin:
    """Asks the server's own administration without a process for each question."""

    base_url: str
    token: str

    def ask(self, path: str, body: Any) -> Any:
        """The data of `POST /_tickiti/PATH`."""
        request = urllib.request.Request(
            f"{self.base_url}/_tickiti/{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)["data"]

    def mint(self, *abilities: str) -> dict[str, Any]:
        """A new token's row, with the token."""
        row: dict[str, Any] = self.ask("tokens/mint", {"name": "test", "abilities": abilities})
        return row

    def family(self, family: int) -> dict[int, str]:
        """The status of each token of a family, by id."""
        rows = self.ask("tokens", {})["tokens"]
        return {row["id"]: row["status"] for row in rows if row["family"] == family}


@pytest.fixture
def admin(served: Served) -> Admin:
    credentials = tomllib.loads((served.config / "credentials.toml").read_text())
    return Admin(served.base_url, credentials["local"]["token"])


@pytest.fixture
def local(run: Cli, served: Served) -> Cli:
    """The command line with a profile `local` for the running server."""
    shutil.copytree(served.config, run.config)
    return run


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with Foreign() as server:
        yield server


@pytest.fixture
def remote(run: Cli, foreign: Foreign) -> Cli:
    """The command line with a profile for the foreign server."""
    run.configure(
        f'default_profile = "far"\n[profiles.far]\nbase_url = "{foreign.base_url}"\n',
        '[far]\ntoken = "7|secret-of-far"\ntoken_id = 7\n',
    )
    return run


@pytest.fixture
def small_disk(remote: Cli) -> Iterator[Path]:
    """A file system of half a megabyte under the folder of the journal."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    disk = remote.config / "journal"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> Path:
    """The file that takes all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def anonymous(text: str) -> str:
    """With OPERATION for the id that a write got in the journal."""
    return re.sub(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}", "OPERATION", text)


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Return when it is so; fail when it is not so in time, or the process has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if process is not None and process.poll() is not None:
            stdout, stderr = process.communicate()
            pytest.fail(f"it ended with {process.returncode}: {stdout!r} {stderr!r}")
        if time.monotonic() > deadline:
            pytest.fail("it did not happen in time")
        time.sleep(0.01)


def is_locked(database: Path) -> bool:
    return lockfile.holder(lockfile.path_for(database)) is not None


def _watch(leader: int, asked: str, typed: str) -> str:
    """Everything on the screen until the other side closes it."""
    screen = b""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not select.select([leader], [], [], 0.1)[0]:
            continue
        try:
            screen += os.read(leader, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            break
        if typed and asked.encode() in screen:
            os.write(leader, typed.encode())
            typed = ""
    os.close(leader)
    return screen.decode()
