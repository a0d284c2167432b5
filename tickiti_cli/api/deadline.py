"""Ends an attempt at its deadline, whatever the server does.

httpx limits each read, not the sum of all reads, so that a server which sends a byte now and then
would hold a caller for ever. A timer shuts the socket down, which ends a read in any phase.
"""

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, Self

CONNECTED = "tickiti.connected"
CONNECTING = "tickiti.connecting"


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
        self.is_over = False
        self._wire = wire
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def extensions(self) -> dict[str, Any]:
        """Extensions of an httpx request, which report the socket as soon as it is connected."""
        return {CONNECTING: self._wire.close, CONNECTED: self._connected, "trace": self._watch}

    def _connected(self, connection: socket.socket) -> None:
        """Takes the socket of this attempt; shuts it down at once if the deadline has passed."""
        self._wire.take(connection)
        if self.is_over:
            self._wire.cut()

    def _watch(self, event: str, details: Mapping[str, Any]) -> None:
        """The `trace` extension of httpx: reports the socket of a request through a proxy."""
        if event == "connection.connect_tcp.started":
            self._wire.close()
        if event == "connection.connect_tcp.complete":
            self._connected(details["return_value"].get_extra_info("socket"))

    def _end(self) -> None:
        self.is_over = True
        self._wire.cut()
