"""Ends an attempt at its deadline, whatever the server does.

The timeout of a socket limits each read, not the sum of all reads, so that a server which sends a
byte now and then would hold a caller for ever. A thread shuts the socket down, which ends a read in
any phase; one thread does so for all attempts, because a bulk job makes a thousand a second.
"""

import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from typing import Any, Self


class Wire:
    """The latest socket of a sender. A kept-alive connection serves several attempts."""

    def __init__(self) -> None:
        self.connection: socket.socket | None = None

    def take(self, connected: socket.socket) -> None:
        # A duplicate stays valid when TLS takes the original over.
        self.close()
        self.connection = connected.dup()

    def cut(self) -> None:
        connection = self.connection  # which another thread may take away
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Deadline:
    """A context manager around one attempt. After `seconds` the socket is shut down and `is_over`
    is true."""

    def __init__(self, seconds: float, wire: Wire) -> None:
        self.seconds = seconds
        self.is_over = False
        self._wire = wire

    def __enter__(self) -> Self:
        _watch.add(self, time.monotonic() + self.seconds)
        return self

    def __exit__(self, *_: object) -> None:
        _watch.remove(self)

    def connecting(self) -> None:
        """Forgets the socket of an earlier attempt."""
        self._wire.close()

    def connected(self, connection: socket.socket) -> None:
        """Takes the socket of this attempt; shuts it down at once if the deadline has passed."""
        self._wire.take(connection)
        if self.is_over:
            self._wire.cut()

    def watch_httpx(self, event: str, details: Mapping[str, Any]) -> None:
        """The `trace` extension of httpx: reports the socket of a request through a proxy."""
        if event == "connection.connect_tcp.started":
            self.connecting()
        if event == "connection.connect_tcp.complete":
            self.connected(details["return_value"].get_extra_info("socket"))

    def end(self) -> None:
        self.is_over = True
        self._wire.cut()


class _Watch:
    """The thread that ends the attempts whose time is over. It starts with the first attempt, and
    sleeps until the deadline that was the next one when it last looked."""

    def __init__(self) -> None:
        self._ends: dict[Deadline, float] = {}
        self._changed = threading.Condition()
        self._looks_at = inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline, at: float) -> None:
        with self._changed:
            self._ends[deadline] = at
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif at < self._looks_at:
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            self._ends.pop(deadline, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [found for found, at in self._ends.items() if at <= now]:
                    del self._ends[deadline]
                    deadline.end()
                self._looks_at = min(self._ends.values(), default=inf)
                pause = self._looks_at - time.monotonic()
                self._changed.wait(None if pause == inf else max(0.0, pause))


_watch = _Watch()


def _renew() -> None:
    """The child of a fork has no other thread."""
    global _watch  # noqa: PLW0603 - one thread for each process
    _watch = _Watch()


os.register_at_fork(after_in_child=_renew)
