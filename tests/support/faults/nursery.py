"""Servers by the dozen: a program that has read the server's code once and forks itself for each.

    python -m tests.support.faults.nursery

The rule of this file: a fork is the server's own program from its first line on, and it alone
listens and opens the database. Each line of standard input is `Life` as JSON; each answer is how
that life ended, in the way of subprocess: negative is the signal that ended it.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from tests.support import forked_program
from tests.support.faults.processes import ENDED_WITHIN, await_port
from tests.support.place import Place
from tickiti_server import __main__ as program
from tickiti_server import crash_points, prepare

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Life:
    database: str
    port_file: str
    dies_at: str
    """A label of `crash_points`, or nothing."""


class Nursery:
    """The program, as seen by a test."""

    def __enter__(self) -> "Nursery":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, bufsize=0,
        )  # fmt: skip
        self._pid = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_occupied():
            self.end(signal.SIGKILL)
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def is_occupied(self) -> bool:
        return self._pid != 0 and not select.select([self._process.stdout], [], [], 0)[0]

    def begin(self, life: Life) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
        self._pid = self._answer()

    def end(self, signal_number: int) -> int:
        """How the life ended that was begun last; with 0 it ends by itself."""
        if signal_number:
            os.kill(self._pid, signal_number)
        self._pid = 0
        return self._answer()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], ENDED_WITHIN)[0]
        return int(self._process.stdout.readline())


class DoomedPlace(Place):
    """A Place whose server comes from a nursery, and may have to die."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        super().__init__(folder)
        self._nursery = nursery
        self._token: str | None = None

    @property
    def token(self) -> str:
        assert self._token is not None
        return self._token

    def begin(self, dies_at: str = "") -> None:
        prepared = prepare.prepare(self.database, demo=False, known_token=self._token)
        self._token = prepared.token or self._token
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self._nursery.begin(Life(str(self.database), str(port_file), dies_at))
        self.port = await_port(port_file, self._nursery.is_occupied)

    def end(self, signal_number: int = 0) -> int:
        return self._nursery.end(signal_number)


def serve(life: Life) -> int:
    os.environ[crash_points.VARIABLE] = life.dies_at
    log = os.open(f"{life.port_file}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    listener = socket.create_server(("127.0.0.1", 0))
    where = ["--db", life.database, "--port-file", life.port_file]
    return program.main(["serve", *where, "--socket-fd", str(listener.detach())])


def main() -> None:
    for module in forked_program.MODULES:
        import_module(module)
    for line in sys.stdin:
        life = Life(**json.loads(line))
        if not (pid := os.fork()):
            os._exit(serve(life))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
