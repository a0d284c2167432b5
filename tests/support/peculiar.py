"""A real server with settings or with faults that no user can ask for: short deadlines, handlers
that fail. It is a program of its own, so that the product needs no hook for it.

    python -m tests.support.peculiar DATABASE PORT_FILE FAULT_FILE SETTINGS_AS_JSON
"""

import functools
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.support import databases
from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server import __main__ as program
from tickiti_server import prepare, serve
from tickiti_server.api.registry import MODULES
from tickiti_server.http.pipeline import EndpointApp
from tickiti_server.settings import Settings
from tickiti_server.store.sqlite import reader_pool, writer
from tickiti_server.store.sqlite.connection import SqliteTransaction

SECRET_OF_THE_FAULT = "SELECT secret FROM /etc/tickiti"


class PeculiarPlace(Place):
    """A Place whose server is this program."""

    process: subprocess.Popen[bytes]

    @property
    def token(self) -> str:
        return self._token

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def fail(self, where: str) -> None:
        """From now on every write fails at its n-th statement; "" ends that."""
        (self.folder / "fault").write_text(where)

    def begin(self, fault: str = "", **settings: Any) -> None:
        """Start it. `fault` may be `handlers`: then each of them fails, whatever the body; or
        `reads` or `writes`: then each of those is stuck for ever."""
        # As the profile of a name does it: the token that is known stays the one in use.
        known = getattr(self, "_token", None)
        where = databases.location(self.database)
        self._token = prepare.prepare(where, demo=False, known_token=known).token
        self.fail(fault)
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        argv = [sys.executable, "-m", "tests.support.peculiar", where, port_file]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, self.folder / "fault", json.dumps(settings)],
                stderr=log, env=self.environment, cwd=Path(__file__).parents[2],
            )  # fmt: skip
        wait_until(lambda: port_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        self.port = int(port_file.read_text())

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=60)


class _Faulty(SqliteTransaction):
    """Raises at the statement that the fault file names."""

    fault_file: Path
    __slots__ = ("_left",)

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        wanted = self.fault_file.read_text()
        self._left = int(wanted) if wanted.isdecimal() else 0
        run = self._run

        def count_and_run(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise RuntimeError(SECRET_OF_THE_FAULT)
            return run(*arguments)

        self._run = count_and_run


def fail_in_handlers() -> None:
    """Put a function that fails in the place of every handler; it takes any body."""
    for module in MODULES:
        for name, function in list(vars(module).items()):
            if hasattr(function, "__tickiti_row__"):
                setattr(module, name, _failing(function))


def _failing(function: Any) -> Any:
    @functools.wraps(function)
    def fail(*arguments: Any) -> Any:
        raise RuntimeError(SECRET_OF_THE_FAULT)

    fail.__annotations__ = dict.fromkeys(function.__annotations__, Any)
    return fail


def be_stuck(what: str) -> None:
    """As a look through a very long text is, which nobody can stop from outside."""

    def read(connection: Any, work: Any) -> None:
        ids = connection.execute("SELECT id FROM ticket")  # a snapshot, which pins the log
        ids.fetchone()
        threading.Event().wait()

    def write(*_: Any) -> None:
        threading.Event().wait()

    if what == "reads":
        reader_pool.run_reader = read  # type: ignore[assignment]
    else:
        EndpointApp._effect = write  # type: ignore[assignment,method-assign]


def main(database: str, port_file: str, fault_file: str, settings: str) -> int:
    if Path(fault_file).read_text() == "handlers":
        fail_in_handlers()
    elif Path(fault_file).read_text() in ("reads", "writes"):
        be_stuck(Path(fault_file).read_text())
    _Faulty.fault_file = Path(fault_file)
    writer.SqliteTransaction = _Faulty  # type: ignore[misc]
    wanted = json.loads(settings)
    serve.Settings = lambda **given: Settings(**{**given, **wanted})  # type: ignore[assignment,misc]
    listener = socket.create_server(("127.0.0.1", 0))
    where = ["--db", database, "--port-file", port_file, "--socket-fd", str(listener.fileno())]
    return program.main(["serve", *where])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
