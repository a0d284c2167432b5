"""The end of an attempt, whatever the server does.

httpx limits each read, not their sum: a server that sends a byte now and then would hold a caller
for ever. So a timer cuts the connection itself, which ends a read in any of its phases.
"""

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, Self

CONNECTED = "tickiti.connected"


class Wire:
    """The latest connection of a client: one that is kept alive serves several attempts."""

    def __init__(self) -> None:
        self.connection: socket.socket | None = None

    def take(self, connected: socket.socket) -> None:
        # A duplicate stays valid when TLS takes the original over.
        self.close()
        self.connection = connected.dup()

    def cut(self) -> None:
        if self.connection is not None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()


class Deadline:
    """Around one attempt: after `seconds` the wire is cut and `is_over` says why."""

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
        """Of a request: how it tells of its connection as soon as there is one."""
        return {CONNECTED: self._connected, "trace": self._watch}

    def _connected(self, connection: socket.socket) -> None:
        """There is one now."""
        self._wire.take(connection)
        if self.is_over:
            self._wire.cut()

    def _watch(self, event: str, details: Mapping[str, Any]) -> None:
        """httpx's `trace` extension, for what goes through a proxy."""
        if event == "connection.connect_tcp.complete":
            self._connected(details["return_value"].get_extra_info("socket"))

    def _end(self) -> None:
        self.is_over = True
        self._wire.cut()
