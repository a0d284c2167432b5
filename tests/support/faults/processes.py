"""A server that is started as a user starts it and ended by a signal, many times over."""

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.databases import prepared_with_queues
from tests.support.forked_process import Process, begin
from tests.support.place import Place
from tests.support.waiting import wait_until

ENDED_WITHIN = 40.0


def await_port(port_file: Path, lives: Callable[[], bool]) -> int:
    """The port that a server has written there, once it answers."""
    wait_until(lambda: port_file.exists() or not lives())
    assert lives(), "the server has ended before it was ready; see its log"
    return int(port_file.read_text())


class ServerProcess(Place):
    """A Place whose server is a child of the test. `package`, a folder, may hold another copy of
    the server's package, which then runs in its stead."""

    process: Process

    def __init__(self, folder: Path, package: Path | None = None) -> None:
        super().__init__(folder)
        if package is not None:
            self.environment["PYTHONPATH"] = str(package)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def begin(self, *flags: str, within: Sequence[str] = ()) -> None:
        """`within` is a command that runs another one, such as prlimit or faketime."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        prepared_with_queues(self.database)
        words = ("server", "start", "--port", "0", "--db", str(self.database))
        words += ("--port-file", str(port_file), *flags)
        # Not from the repository's folder: its package would come before any other.
        environ, folder = self.environment, self.folder
        with (self.folder / "log").open("ab") as log:
            if within:
                self.process = subprocess.Popen(
                    [*within, sys.executable, "-m", "tickiti_cli", *words],
                    stdout=log, stderr=log, env=environ, cwd=folder,
                )  # fmt: skip
            else:
                self.process = begin("tickiti_cli", words, log, environ=environ, folder=folder)
        self.port = await_port(port_file, lambda: self.process.poll() is None)

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        """The exit code, negative where the signal itself was the end."""
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=ENDED_WITHIN)
