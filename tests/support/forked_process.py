"""A program that runs on while the test does: in a fork if possible, otherwise in an interpreter.

The imports of a server take ten times as long as the rest of its start, and the tests start
hundreds of servers.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.support import fork_server


class ForkedProcess:
    """A child of the fork server, used as a `subprocess.Popen` without pipes."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def communicate(self) -> tuple[bytes, bytes]:
        self.wait()
        return b"", b""

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended_within(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            self._status.settimeout(seconds)
            with suppress(BlockingIOError, TimeoutError):
                self.returncode = fork_server.number_from(self._status)
                self._status.close()
        return self.returncode


Process = ForkedProcess | subprocess.Popen[bytes]


def begin(
    module: str,
    words: Sequence[str],
    output: IO[bytes],
    *,
    environ: Mapping[str, str],
    folder: Path,
) -> Process:
    """Begin `python -m MODULE` there, without input; `output` takes stdout and stderr."""
    command = fork_server.Command(words, b"", environ, folder, module)
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        try:
            return ForkedProcess(*fork_server.begin(command, streams))
        except fork_server.Unforkable:
            return subprocess.Popen(
                [sys.executable, "-m", module, *words],
                stdin=nothing, stdout=output, stderr=output, env=dict(environ), cwd=folder,
            )  # fmt: skip
