"""A Place whose server is `tests.support.peculiar_server`: with short deadlines, or with faults."""

import json
import signal
from pathlib import Path
from typing import Any

from tests.support import databases
from tests.support.forked_process import Process, begin
from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server import prepare

ROOT = Path(__file__).parents[2]


class PeculiarPlace(Place):
    """A Place whose server is that program."""

    process: Process

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
        words = (str(where), str(port_file), str(self.folder / "fault"), json.dumps(settings))
        module = "tests.support.peculiar_server"
        with (self.folder / "log").open("ab") as log:
            self.process = begin(module, words, log, environ=self.environment, folder=ROOT)
        wait_until(lambda: port_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        self.port = int(port_file.read_text())

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=60)
