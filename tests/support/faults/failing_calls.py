"""System calls of a server that fail on demand."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.faults.processes import ServerProcess


@contextmanager
def failing_calls(place: ServerProcess, call: str, how: str) -> Iterator[None]:
    """The server's system calls of this name end as `how` says, in the words of strace."""
    options = ["-e", f"trace={call}", "-e", f"inject={call}:{how}"]
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-p", str(place.process.pid), *options],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert tracer.stderr is not None
    with tracer.stderr:
        assert "attached" in tracer.stderr.readline()
        try:
            yield
        finally:
            tracer.terminate()
            tracer.wait(timeout=10)
