"""The command line as a process, with a home of its own.

Rule: nothing of the machine's own configuration reaches a test, and nothing that a test writes lies
outside its temporary folder.
"""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support import fork_server
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.contract.files import lockfile

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

    @classmethod
    def of(cls, code: int, stdout: bytes, stderr: bytes) -> "Ran":
        return cls(code, stdout.decode(), stderr.decode())


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs `tickiti` with a home of its own. `environ` is all it sees besides PATH.

    A call forks an interpreter that has imported most modules already. `start` and `on_terminal`
    start an interpreter, as a user does.
    """

    home: Path

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        return Ran.of(*fork_server.run(self._command(arguments, stdin, environ), PATIENCE_SECONDS))

    def in_new_interpreter(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        """The same as a user starts it, with all imports; four times as slow."""
        command = self._command(arguments, stdin, environ)
        return Ran.of(*fork_server.start(command, PATIENCE_SECONDS))

    def _command(
        self, words: Sequence[str], stdin: str, environ: dict[str, str]
    ) -> fork_server.Command:
        given = stdin.encode("utf-8", "surrogateescape")
        return fork_server.Command(words, given, self.environ(environ), self.folder)

    def on_terminal(
        self,
        *arguments: str,
        asked: str = "",
        typed: str = "",
        answers: Sequence[tuple[str, str]] = (),
        **environ: str,
    ) -> Ran:
        """The same with a terminal for stdin, stdout and stderr, which share one screen.

        `typed` is typed when `asked` has appeared and the process waits, as a person would; so is
        the second text of each pair of `answers`, one after the other.
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
        screen = _watch(leader, [(asked, typed), *answers], process.pid)
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


def is_locked(database: Path) -> bool:
    return lockfile.holder(lockfile.path_for(database)) is not None


def _watch(leader: int, answers: Sequence[tuple[str, str]], pid: int) -> str:
    """Everything on the screen until the other side closes it.

    Nothing is typed while the process still runs. Python loses a Ctrl-C that arrives after its last
    look at signals and before its `read` blocks, until the next key; no person is that fast.
    """
    screen, left = b"", [(asked, typed) for asked, typed in answers if typed]
    seen = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if left and left[0][0].encode() in screen[seen:] and _is_asleep(pid):
            seen = len(screen)
            os.write(leader, left.pop(0)[1].encode())
        if not select.select([leader], [], [], 0.02 if left else 0.1)[0]:
            continue
        try:
            screen += os.read(leader, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            break
    os.close(leader)
    return screen.decode()


def _is_asleep(pid: int) -> bool:
    """True if the process waits in a system call, or has ended."""
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state in "SDZ"


def pid_of(database: Path) -> int:
    holder = lockfile.holder(lockfile.path_for(database))
    assert holder is not None
    return holder.pid
