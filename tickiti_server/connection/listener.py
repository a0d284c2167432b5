"""uvicorn's server with a lock file, a port file, sd_notify and a bounded shutdown."""

import argparse
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from types import FrameType

import uvicorn

from tickiti_cli import __version__
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.atomic_file import replace as replace_file
from tickiti_server import crash_points, supervisor
from tickiti_server.clock import SECOND, Clocks
from tickiti_server.logs import file, setup
from tickiti_server.shutdown import ShutdownDeadline


class Server(uvicorn.Server):
    """Announces the address when it is ready, and exits with 0 after a signal to stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        listener: socket.socket,
        lock: int | None,
        options: argparse.Namespace,
        ending: ShutdownDeadline,
        clocks: Clocks,
    ) -> None:
        super().__init__(config)
        self._clocks = clocks
        self._headers: list[tuple[bytes, bytes]] = []
        self._ending = ending
        self._listener = listener
        self._lock = lock
        self._lock_file = _lock_file(options)
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
            test=self._options.test,
            clock=self._clocks.described,
        )
        self._record = write_lock_files(self._options, self._lock, running)
        self._write_port_file(port)
        setup.life.info("Listening on %s", running.listens_on)
        supervisor.sd_notify(supervisor.READY)

    def _write_port_file(self, port: int) -> None:
        """Write the port for scripts. An error is logged, because the server itself works."""
        if self._port_file is None:
            return
        try:
            replace_file(self._port_file, f"{port}\n".encode())
        except OSError as error:
            setup.life.error("--port-file %s is not written: %s", self._port_file, error.strerror)

    async def on_tick(self, counter: int) -> bool:
        """uvicorn calls this ten times a second. The files are checked once a second."""
        if counter % 10 == 0:
            if self._lock is not None and self._lock_file is not None:
                self._lock = lockfile.keep(self._lock, self._lock_file, self._record)
            if self._log is not None:
                file.keep_small(self._log)
        is_over = await super().on_tick(counter)
        if counter % 10 == 0:
            self.announce_date()
        return is_over

    def announce_clock(self) -> None:
        """After the clock was moved: show this in the Date header and in `server status`."""
        self.announce_date()
        record = replace(self._record, clock=self._clocks.described)
        if record != self._record:
            self._record = write_lock_files(self._options, self._lock, record)

    def announce_date(self) -> None:
        """Set the Date header of all replies from now on.

        uvicorn's own would be that of the wall clock, which a test server's clock may differ from.
        """
        date = formatdate(self._clocks.now() // SECOND, usegmt=True).encode()
        # In the list that a running request holds already: its reply has the new date.
        self._headers[:] = [(b"date", date), *self.config.encoded_headers]
        self.server_state.default_headers = self._headers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        supervisor.sd_notify(supervisor.STOPPING)
        crash_points.reached("shutdown.drain")
        setup.life.info("Stopping after open requests are finished")
        await super().shutdown(sockets=sockets)
        setup.life.info("Stopped")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGHUP too: a terminal that closes would cut off mail in the middle, and a mail
        whose reply is lost is held. Under nohup it stays ignored."""
        before = signal.getsignal(signal.SIGHUP)
        if before is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self.handle_exit)
        try:
            with super().capture_signals():
                yield
        finally:
            signal.signal(signal.SIGHUP, before)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The first signal drains. The second exits at once, because committed data is safe; but a
        terminal that closes sends SIGHUP more than once, and means nothing by it."""
        if self.should_exit and sig == signal.SIGHUP:
            return
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True
        self._ending.begin()


def _lock_file(options: argparse.Namespace) -> Path | None:
    """The lock file that the CLI names, or the one beside the database; a URL has none."""
    named: Path | None = options.lock_file
    return named or (lockfile.path_for(options.db) if isinstance(options.db, Path) else None)


def write_lock_files(
    options: argparse.Namespace, lock: int | None, running: lockfile.Running
) -> lockfile.Running:
    """Write the record into the lock files of the database and of the server's name.

    Returns the record as written.
    """
    record = replace(running, name=options.name, database=str(options.db))
    for descriptor in (lock, options.name_fd):
        if descriptor is not None:
            lockfile.write(descriptor, record)
    return record
