"""The program of a server with settings or with faults that no user can ask for: short deadlines,
handlers that fail. It is a program of its own, so that the product needs no hook for it.

    python -m tests.support.peculiar_server DATABASE PORT_FILE FAULT_FILE SETTINGS_AS_JSON
"""

import functools
import json
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from tickiti_server import __main__ as program
from tickiti_server import serve
from tickiti_server.api.registry import MODULES
from tickiti_server.http import openings
from tickiti_server.http.pipeline import EndpointApp
from tickiti_server.settings import Settings
from tickiti_server.store.sqlite import reader_pool, writer
from tickiti_server.store.sqlite.connection import SqliteTransaction

SECRET_OF_THE_FAULT = "SELECT secret FROM /etc/tickiti"


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
        openings.opening_of = lambda *_: None  # type: ignore[assignment] # a way around the effect
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
