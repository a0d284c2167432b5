"""A server of a program's own: started in test mode on a temporary database, stopped at the end.

Rule: nothing of the user's configuration is read or changed. Home, configuration and state are
folders of the server's own.
"""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tickiti_cli import own_programs
from tickiti_cli.errors import MachineProblem
from tickiti_cli.python import guard
from tickiti_cli.python.client import Client

START_SECONDS = 60.0
STOP_SECONDS = guard.STOP_SECONDS + 5.0
_LOOK_SECONDS = 0.02
_FOREIGN = ("TICKITI_", "XDG_")


class OwnServer:
    """A bundled server in test mode (`server start --test --memory`) on a free port.

    `folder`: an empty folder for its token, its log and its configuration. A context manager stops
    the server at its end. However this process ends, the server ends with it; the Ctrl-C that ends
    the process does not reach the server, so that tests can tidy up on it.
    """

    def __init__(self, folder: Path, *flags: str) -> None:
        """Start the server and wait until it is ready. Raises MachineProblem with the server's own
        words if it ends first."""
        self.folder = folder
        self.environ = _environ(folder)
        self.log = folder / "server.log"
        port, token = folder / "port", folder / "token"
        words = ("--memory", "--test", "--no-profile", "--port", "0", "--port-file", str(port))
        command = own_programs.command(
            "tickiti_cli", "server", "start", *words, "--first-token-file", str(token), *flags
        )
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # - the program is our own
                own_programs.lone_script(guard.__file__, *command),
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=self.environ,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait_until(port)
        except BaseException:
            self.stop()
            raise
        self.url = f"http://127.0.0.1:{port.read_text('utf-8').strip()}"
        self.token = token.read_text("utf-8").strip()
        """The first token, which may do everything."""

    def client(self, token: str | None = None) -> Client:
        """Return a client with the first token, or with another one."""
        return Client(self.url, token or self.token, environ=self.environ)

    def stop(self) -> None:
        """Stop the server after the requests under way. Its database is deleted."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until(self, port: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (port.exists() and port.read_text("utf-8").strip()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text("utf-8", "replace").strip() or "It wrote nothing."
                raise MachineProblem(f"The server of the tests did not start. {said}")
            time.sleep(_LOOK_SECONDS)


def _environ(folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of the server, which has a home of its own."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_FOREIGN)}
    places = {
        "HOME": folder,
        "TICKITI_CONFIG_DIR": folder / "config",
        "XDG_DATA_HOME": folder / "data",
        "XDG_STATE_HOME": folder / "state",
        "XDG_CACHE_HOME": folder / "cache",
        "XDG_CONFIG_HOME": folder / "xdg-config",
    }
    return {**own_programs.environment(kept), **{name: str(path) for name, path in places.items()}}
