"""uvicorn's server as ours: it says when it answers, and where; and it ends when it is asked to."""

import argparse
import os
import socket
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn

from tickiti_cli import __version__
from tickiti_cli.contract import lockfile
from tickiti_cli.contract.replacing import replace as replace_file
from tickiti_server import crash_points, log_file, observe, supervision
from tickiti_server.ending import Ending


class Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and ends with 0 when it is asked to."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        listener: socket.socket,
        lock: int,
        options: argparse.Namespace,
        ending: Ending,
    ) -> None:
        super().__init__(config)
        self._ending = ending
        self._listener = listener
        self._lock = lock
        self._lock_file = lockfile.path_for(options.db)
        self._options = options
        self._port_file: Path | None = options.port_file
        self._log: Path | None = options.log_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        host, port, *_ = self._listener.getsockname()
        running = lockfile.Running(
            pid=os.getpid(),
            host=host,
            port=port,
            version=__version__,
            log=str(self._log or ""),
        )
        self._record = tell_locks(self._options, self._lock, running)
        self._tell_port(port)
        observe.life.info("Listening on %s", running.base_url)
        supervision.tell(supervision.READY)

    def _tell_port(self, port: int) -> None:
        """A file that can be written no longer costs whoever waits for it, not the server."""
        if self._port_file is None:
            return
        try:
            replace_file(self._port_file, f"{port}\n".encode())
        except OSError as error:
            observe.life.error("--port-file %s is not written: %s", self._port_file, error.strerror)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once a second is often enough for the files."""
        if counter % 10 == 0:
            self._lock = lockfile.keep(self._lock, self._lock_file, self._record)
            if self._log is not None:
                log_file.keep_small(self._log)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        supervision.tell(supervision.STOPPING)
        crash_points.reached("shutdown.drain")
        observe.life.info("Stopping: what has begun is finished")
        await super().shutdown(sockets=sockets)
        observe.life.info("Stopped")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The first signal drains; a second one ends at once: what is committed is safe."""
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True
        self._ending.begin()


def tell_locks(
    options: argparse.Namespace, lock: int, running: lockfile.Running
) -> lockfile.Running:
    """Write it into the lock file beside the database, and into that of the server's name; what was
    written."""
    record = replace(running, name=options.name, database=str(options.db))
    for descriptor in (lock, options.name_fd):
        if descriptor is not None:
            lockfile.write(descriptor, record)
    return record
