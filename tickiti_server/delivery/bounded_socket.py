"""Sockets to other servers with a deadline for every wait and a limit for every reply.

Rule: a limit applies to a whole request or reply, not to a single read or write. So a server that
sends or accepts one byte at a time cannot extend the deadline.
"""

import io
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


class Deadline:
    """A point in time that limits every step until then."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds left. Raises TimeoutError after the deadline."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed
        return left

    @property
    def passed(self) -> TimeoutError:
        """The error to raise after the deadline."""
        return TimeoutError(f"no answer within {self.seconds:g} s")

    def part(self, seconds: float) -> "Deadline":
        """Return the deadline of one step, no later than this deadline. Raises TimeoutError."""
        return Deadline(min(seconds, self.left))


class ReplyTooLong(Exception):
    """The other server sent more bytes than a reply may have."""


class BoundedReader(io.RawIOBase):
    """Reads a socket until a deadline and up to a number of bytes.

    Raises TimeoutError after the deadline, and ReplyTooLong beyond the bytes.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, most: int) -> None:
        self._connection = connection
        self.allow(deadline, most)

    def allow(self, deadline: Deadline, most: int) -> None:
        """Start another reply with its own deadline and number of bytes."""
        self._deadline, self._left = deadline, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left == 0:
            raise ReplyTooLong
        self._connection.settimeout(self._deadline.left)
        try:
            count = self._connection.recv_into(buffer, min(len(buffer), self._left))
        except TimeoutError:
            raise self._deadline.passed from None
        self._left -= count
        return count


def connect(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    """Return a socket to the first address that accepts. Raises OSError."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            # Each address gets half of the time left, so that the last ones get some too.
            return socket.create_connection((address, port), deadline.left / 2)
    return socket.create_connection((last, port), deadline.left)


def send(connection: socket.socket, raw: bytes, deadline: Deadline) -> None:
    """Send every byte before the deadline. Raises OSError.

    sendall is not used, because it restarts the time-out with each TLS record.
    """
    left = memoryview(raw)
    while left:
        connection.settimeout(deadline.left)
        try:
            left = left[connection.send(left) :]
        except TimeoutError:
            raise deadline.passed from None
