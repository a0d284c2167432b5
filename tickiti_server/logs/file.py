"""The log file of a detached server: its standard error, rotated at a size.

Rule: the log is bounded, and a log that logrotate has renamed is reopened without a signal.
"""

import os
from contextlib import suppress
from pathlib import Path

from tickiti_cli.contract.files.lockfile import older_log

MOST_BYTES = 10 * 1024 * 1024
"""About 100,000 requests; with the one older file that is kept, 20 MiB on the disk."""

STDOUT, STDERR = 1, 2


def keep_small(log: Path) -> None:
    """Start a new log if this one is full or was renamed.

    Never raises, because a server must not stop for its log.
    """
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
