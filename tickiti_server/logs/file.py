"""The log of a server that runs detached: the file behind its standard error, kept small.

The rule of this file: the log is bounded, and whoever renames it (logrotate, say) finds a new one
in its place without telling the server.
"""

import os
from contextlib import suppress
from pathlib import Path

from tickiti_cli.contract.lockfile import older_log

MOST_BYTES = 10 * 1024 * 1024
"""About 100,000 requests; with the one older file that is kept, 20 MiB on the disk."""

STDOUT, STDERR = 1, 2


def keep_small(log: Path) -> None:
    """Begin a new log where this one is full or has been moved away. Never fails: a log is no
    reason to stop a server."""
    with suppress(OSError):
        written = os.fstat(STDERR)
        is_there = log.exists() and os.path.samestat(written, log.stat())
        if is_there and written.st_size < MOST_BYTES:
            return
        if is_there:
            log.replace(older_log(log))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (STDOUT, STDERR):
            os.dup2(descriptor, stream)
        os.close(descriptor)
